// A user's SystemC models that take time: by wait() in b_transport, by an annotated delay, or in a
// process of their own that interrupts a sleeping core.
#include <gtest/gtest.h>
#include <tlm.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "platform/machine/machine.h"
#include "platform/systemc/board.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

constexpr unsigned kInterrupt = 82;
constexpr double kTicksPerMicrosecond = 62.5;

// Register 0: a read takes `read_time`. Register 8: a write makes an interrupt `write_time` later.
class SlowModel final : public sc_core::sc_module {
 public:
  enum class Manner { waits, annotates, waits_for_ever };
  tlm_utils::simple_target_socket<SlowModel> registers{"registers"};

  SlowModel(sc_core::sc_module_name name, Manner manner, InterruptLine line)
      : sc_module(name), manner_(manner), line_(line) {
    SC_HAS_PROCESS(SlowModel);
    registers.register_b_transport(this, &SlowModel::access);
    SC_METHOD(expire);
    sensitive << expired_;
    dont_initialize();
  }

  sc_core::sc_time read_time{5, sc_core::SC_US}, write_time{300, sc_core::SC_US};
  sc_core::sc_time read_at, interrupt_at;

 private:
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (payload.is_write()) return expired_.notify(delay + write_time);
    std::memset(payload.get_data_ptr(), 0, payload.get_data_length());
    read_at = sc_core::sc_time_stamp() + delay;
    if (manner_ == Manner::annotates) {
      delay += read_time;
    } else if (manner_ == Manner::waits) {
      wait(delay + read_time);
      delay = sc_core::SC_ZERO_TIME;
    } else {
      wait(never_);
    }
  }
  void expire() {
    interrupt_at = sc_core::sc_time_stamp();
    line_.set_level(true);
  }

  Manner manner_;
  InterruptLine line_;
  sc_core::sc_event expired_, never_;
};

// Reads the counter into x4, register 0, the counter into x5; writes register 8 and sleeps until the
// interrupt, which stays masked; the counter into x6; SYSTEM_OFF by HVC.
constexpr std::uint32_t kProgram[] = {
    0xd28000e1,  // mov x1, #0x7 //
    0xd518cca1,  // msr icc_sre_el1, x1
    0xd2801fe1,  // mov x1, #0xff //
    0xd5184601,  // msr icc_pmr_el1, x1
    0xd2800021,  // mov x1, #0x1 //
    0xd518cce1,  // msr icc_igrpen1_el1, x1
    0xd2a18062,  // mov x2, #0xc030000 //
    0xd5033fdf,  // isb
    0xd53be024,  // mrs x4, cntpct_el0
    0xf9400043,  // ldr x3, [x2]
    0xd5033fdf,  // isb
    0xd53be025,  // mrs x5, cntpct_el0
    0xf9000443,  // str x3, [x2, #8]
    0xd503207f,  // wfi
    0xd5033fdf,  // isb
    0xd53be026,  // mrs x6, cntpct_el0
    0x52800100,  // mov w0, #0x8 //
    0x72b08000,  // movk w0, #0x8400, lsl
    0xd4000002,  // hvc #0x0
};

struct SlowModelThatWaitsForEver : testing::Test {
  SlowModelThatWaitsForEver() {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(kProgram), sizeof kProgram);
  }
  ~SlowModelThatWaitsForEver() override {
    if (model) {
      Kernel::Use use(machine->board->kernel());
      model.reset();
    }
    std::filesystem::remove(path);
  }
  void start(SlowModel::Manner manner, std::uint64_t quantum, bool fast) {
    RunConfig config;
    config.kernel = path;
    config.memory = 64ull << 20;
    config.quantum = quantum;
    config.fast = fast;
    machine = std::make_unique<Machine>(config);
    auto& gic = machine->gic->distributor();
    gic.write(0, 4, 0x12);                             // ARE, Group 1
    gic.write(0x80 + 8, 4, 1u << (kInterrupt - 64));   // Group 1
    gic.write(0x100 + 8, 4, 1u << (kInterrupt - 64));  // enabled
    Kernel::Use use(machine->board->kernel());
    model =
        std::make_unique<SlowModel>("slow", manner, InterruptLine{machine->gic.get(), kInterrupt});
    machine->board->router().map({0x0c03'0000}, 0x1000, model->registers, "slow");
  }
  StopReason run() {
    StopReason reason = StopReason::running;
    for (unsigned n = 0; n < 10000 && reason == StopReason::running; ++n)
      reason = machine->run_window();
    return reason;
  }
  std::uint64_t x(unsigned n) const { return machine->cores[0]->state.x[n]; }

  const std::string path =
      (std::filesystem::temp_directory_path() / "armature-slow-model.bin").string();
  std::unique_ptr<Machine> machine;
  std::unique_ptr<SlowModel> model;
};

struct SlowModelInMachine : SlowModelThatWaitsForEver,
                            testing::WithParamInterface<SlowModel::Manner> {};

TEST_P(SlowModelInMachine, TheCoreStandsStillWhileItsAccessTakesTime) {
  for (const std::uint64_t quantum : {0, 100, 1000, 20000}) {
    std::uint64_t ticks[2];
    for (const unsigned microseconds : {0u, 5u}) {
      start(GetParam(), quantum, true);
      model->read_time = sc_core::sc_time(microseconds, sc_core::SC_US);
      EXPECT_EQ(run(), StopReason::powered_off);
      ticks[microseconds != 0] = x(5) - x(4);
      Kernel::Use use(machine->board->kernel());
      model.reset();
    }
    EXPECT_NEAR(static_cast<double>(ticks[1] - ticks[0]), 5 * kTicksPerMicrosecond, 1.1) << quantum;
  }
}

TEST_P(SlowModelInMachine, AProcessOfTheModelWakesASleepingCoreInItsTime) {
  start(GetParam(), 1000, true);
  EXPECT_EQ(run(), StopReason::powered_off);
  const double slept = static_cast<double>(x(6) - x(5));
  EXPECT_NEAR(slept, 300 * kTicksPerMicrosecond, 1.1 * kTicksPerMicrosecond);  // a window
  EXPECT_NEAR((model->interrupt_at - model->read_at).to_seconds() * 1e6, 305, 0.3);
}

TEST_P(SlowModelInMachine, KernelTimeIsTheMachinesTime) {
  start(GetParam(), 1000, true);
  run();
  Kernel::Use use(machine->board->kernel());
  EXPECT_NEAR(sc_core::sc_time_stamp().to_seconds() * 1e9,
              static_cast<double>(machine->now().whole()), 1001);
}

TEST_P(SlowModelInMachine, BothEnginesAgree) {
  start(GetParam(), 1000, true);
  run();
  const cpu::CoreState fast = machine->cores[0]->state;
  {
    Kernel::Use use(machine->board->kernel());
    model.reset();
  }
  start(GetParam(), 1000, false);
  run();
  EXPECT_EQ(machine->cores[0]->state.cycles, fast.cycles);
  EXPECT_EQ(machine->cores[0]->state.x, fast.x);
}

INSTANTIATE_TEST_SUITE_P(, SlowModelInMachine,
                         testing::Values(SlowModel::Manner::waits, SlowModel::Manner::annotates),
                         [](const auto& tested) {
                           return tested.param == SlowModel::Manner::waits ? "Wait" : "Delay";
                         });

TEST_F(SlowModelThatWaitsForEver, IsSaidToDoSo) {
  start(SlowModel::Manner::waits_for_ever, 1000, true);
  EXPECT_THROW(run(), UserError);
}

}  // namespace
}  // namespace armature::platform
