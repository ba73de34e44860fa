// One SystemC kernel a machine. libsystemc keeps "the current context" in a global; this class is
// the only place that touches it, so several machines can live in one process, one after another
// or interleaved on one host thread (never on two at once).
#pragma once

#include <systemc>

namespace armature::platform {

class Kernel {
 public:
  Kernel() = default;
  ~Kernel() { delete context_; }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // sc_start() of the current kernel.
  static void start(const sc_core::sc_time& duration);

  // Makes this kernel the current one for a scope: construction, destruction and running of
  // modules.
  class Use {
   public:
    explicit Use(Kernel& kernel) : previous_(sc_core::sc_curr_simcontext) {
      sc_core::sc_curr_simcontext = kernel.context_;
    }
    ~Use() { sc_core::sc_curr_simcontext = previous_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    sc_core::sc_simcontext* previous_;
  };

 private:
  sc_core::sc_simcontext* context_ = new sc_core::sc_simcontext;
};

}  // namespace armature::platform
