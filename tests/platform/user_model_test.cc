// A user's own SystemC model in the machine: a TLM-2.0 device with registers and DMA, written the
// way someone outside this project would write it.
#include <gtest/gtest.h>
#include <tlm.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "platform/machine/machine.h"
#include "platform/systemc/board.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

// Adds one to each of 8 bytes of memory: write the address to register 0.
class Incrementer final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Incrementer> registers{"registers"};
  tlm_utils::simple_initiator_socket<Incrementer> memory{"memory"};

  explicit Incrementer(sc_core::sc_module_name name) : sc_module(name) {
    registers.register_b_transport(this, &Incrementer::access);
  }

  bool dmi_offered = false;

 private:
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (!payload.is_write()) {
      std::memset(payload.get_data_ptr(), 0, payload.get_data_length());
      return;
    }
    std::uint64_t address = 0;
    std::memcpy(&address, payload.get_data_ptr(), payload.get_data_length());
    std::array<unsigned char, 8> bytes{};
    transfer(tlm::TLM_READ_COMMAND, address, bytes, delay);
    for (auto& byte : bytes) ++byte;
    transfer(tlm::TLM_WRITE_COMMAND, address, bytes, delay);
  }

  void transfer(tlm::tlm_command command, std::uint64_t address,
                std::array<unsigned char, 8>& bytes, sc_core::sc_time& delay) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(bytes.data());
    payload.set_data_length(bytes.size());
    payload.set_streaming_width(bytes.size());
    memory->b_transport(payload, delay);
    ASSERT_TRUE(payload.is_response_ok());
    dmi_offered |= payload.is_dmi_allowed();
  }
};

// A raw image that stores 0x0102...08 to RAM, gives its address to the device, loads the result
// into x3 and powers off by PSCI (HVC).
std::string write_program(const std::string& name) {
  const std::vector<std::uint32_t> words{
      0xd2a80400,              // movz x0, #0x4020, lsl #16
      0x580000e1,              // ldr x1, .+28
      0xf9000001,              // str x1, [x0]
      0xd2a18062,              // movz x2, #0x0c03, lsl #16
      0xf9000040,              // str x0, [x2]
      0xf9400003,              // ldr x3, [x0]
      0x18000080,              // ldr w0, .+16
      0xd4000002,              // hvc #0
      0x05060708, 0x01020304,  // data
      0x84000008,              // PSCI SYSTEM_OFF
  };
  const std::string path = (std::filesystem::temp_directory_path() / name).string();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(words.data()),
             static_cast<std::streamsize>(words.size() * 4));
  return path;
}

RunConfig small_machine(const std::string& kernel) {
  RunConfig config;
  config.kernel = kernel;
  config.memory = 64ull << 20;
  return config;
}

TEST(UserModel, ItsRegistersAndItsDmaAreCoherentWithTheCores) {
  const std::string program = write_program("armature-user-model.bin");
  Machine machine(small_machine(program));
  std::unique_ptr<Incrementer> model;
  {
    Kernel::Use use(machine.board->kernel());
    model = std::make_unique<Incrementer>("incrementer");
    machine.board->router().map({0x0c03'0000}, 0x1000, model->registers, "incrementer");
    model->memory.bind(machine.board->dma().socket);
  }
  StopReason reason = StopReason::running;
  for (unsigned window = 0; window < 1000 && reason == StopReason::running; ++window) {
    reason = machine.run_window();
  }
  EXPECT_EQ(reason, StopReason::powered_off);
  EXPECT_EQ(machine.cores[0]->state.x[3], 0x02030405'06070809u);
  EXPECT_FALSE(model->dmi_offered);
  {
    Kernel::Use use(machine.board->kernel());
    model.reset();
  }
  std::filesystem::remove(program);
}

// Takes kernel time for each write, and counts microseconds in a thread of its own.
class Slow final : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Slow> registers{"registers"};
  std::vector<sc_core::sc_time> arrivals;
  unsigned ticks = 0, ticks_seen = 0;

  explicit Slow(sc_core::sc_module_name name) : sc_module(name) {
    SC_HAS_PROCESS(Slow);
    SC_THREAD(tick);
    registers.register_b_transport(this, &Slow::access);
  }

 private:
  void tick() {
    for (;;) {
      wait(1, sc_core::SC_US);
      ++ticks;
    }
  }
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (!payload.is_write()) {
      std::memset(payload.get_data_ptr(), 0, payload.get_data_length());
      return;
    }
    arrivals.push_back(sc_core::sc_time_stamp());
    const unsigned before = ticks;
    wait(5, sc_core::SC_US);
    ticks_seen = ticks - before;
  }
};

TEST(UserModel, ATargetMayWaitWhileItsOwnThreadsGoOn) {
  const std::string program = write_program("armature-slow-model.bin");
  Machine machine(small_machine(program));
  std::unique_ptr<Slow> model;
  {
    Kernel::Use use(machine.board->kernel());
    model = std::make_unique<Slow>("slow");
    machine.board->router().map({0x0c03'0000}, 0x1000, model->registers, "slow");
  }
  StopReason reason = StopReason::running;
  for (unsigned window = 0; window < 1000 && reason == StopReason::running; ++window) {
    reason = machine.run_window();
  }
  EXPECT_EQ(reason, StopReason::powered_off);
  ASSERT_EQ(model->arrivals.size(), 1u);
  EXPECT_LE(model->arrivals[0], sc_core::sc_time(1, sc_core::SC_US));  // the first window's start
  EXPECT_GE(model->ticks_seen, 4u);
  EXPECT_LE(model->ticks_seen, 5u);
  {
    Kernel::Use use(machine.board->kernel());
    model.reset();
  }
  std::filesystem::remove(program);
}

TEST(UserModel, ItsThreadsFollowTheTimeOfTheCores) {
  // A branch to itself.
  const std::string path =
      (std::filesystem::temp_directory_path() / "armature-endless.bin").string();
  const std::uint32_t endless = 0x14000000;
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(&endless), 4);
  Machine machine(small_machine(path));
  std::unique_ptr<Slow> model;
  {
    Kernel::Use use(machine.board->kernel());
    model = std::make_unique<Slow>("slow");
    machine.board->router().map({0x0c03'0000}, 0x1000, model->registers, "slow");
  }
  for (unsigned window = 0; window < 100; ++window) machine.run_window();
  // A window is 1000 cycles, a microsecond.
  EXPECT_GE(model->ticks, 98u);
  EXPECT_LE(model->ticks, 101u);
  {
    Kernel::Use use(machine.board->kernel());
    model.reset();
  }
  std::filesystem::remove(path);
}

TEST(UserModel, AMappingOverAnotherDeviceIsRefused) {
  const std::string program = write_program("armature-user-overlap.bin");
  Machine machine(small_machine(program));
  Kernel::Use use(machine.board->kernel());
  Incrementer model("incrementer");
  EXPECT_THROW(machine.board->router().map({0x0900'0800}, 0x1000, model.registers, "incrementer"),
               UserError);
  std::filesystem::remove(program);
}

TEST(Machines, SeveralInOneProcessDoNotDisturbEachOther) {
  const std::string program = write_program("armature-two-machines.bin");
  Machine first(small_machine(program));
  Machine second(small_machine(program));
  // Without the model the store goes to a hole: an external abort, and the vector table is a hole
  // too, so the core keeps taking aborts; both machines do the same thing.
  for (unsigned window = 0; window < 20; ++window) {
    first.run_window();
    second.run_window();
    ASSERT_EQ(first.cores[0]->state, second.cores[0]->state);
  }
  EXPECT_GT(first.cores[0]->statistics.external_aborts, 0u);
  std::filesystem::remove(program);
}

}  // namespace
}  // namespace armature::platform
