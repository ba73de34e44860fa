// The interconnect: a TLM-2.0 router. Cores and other masters bind to `masters`, devices and a
// user's own models to sockets made by map(). Addresses below a target are offsets into its range.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm>

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/types.h"

namespace armature::platform {

// Who started a transaction: a core's number, or a device's StreamID.
struct MasterExtension : tlm::tlm_extension<MasterExtension> {
  bool is_core = false;
  std::uint32_t number = 0;
  tlm::tlm_extension_base* clone() const override { return new MasterExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const MasterExtension&>(other);
  }
};

class Router final : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<Router> masters{"masters"};
  tlm_utils::multi_passthrough_initiator_socket<Router> targets{"targets"};

  explicit Router(sc_core::sc_module_name name);

  // Whether a target's b_transport may call wait(), and so has to be called by an SC_THREAD.
  enum class Waiting : std::uint8_t { possible, never };

  // Routes [base, base + bytes) to `target`. Ranges must not overlap (UserError).
  void map(PhysicalAddress base, std::uint64_t bytes, tlm::tlm_target_socket<>& target,
           const std::string& what, Waiting waiting = Waiting::possible);
  bool may_wait(PhysicalAddress pa, std::uint64_t bytes) {
    const int target = find(pa.value, bytes);
    return target >= 0 && ranges_[static_cast<unsigned>(target)].waiting == Waiting::possible;
  }

  struct Range {
    PhysicalAddress base;
    std::uint64_t bytes;
    std::string what;
    Waiting waiting;
  };
  const std::vector<Range>& ranges() const { return ranges_; }

 private:
  void b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(int, tlm::tlm_generic_payload& payload);
  int find(std::uint64_t address, std::uint64_t bytes);

  std::vector<Range> ranges_;
  int last_ = 0;
};

}  // namespace armature::platform
