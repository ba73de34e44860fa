// Exceptions taken to EL2 while KServ runs, from vectors.S (Arm ARM, Exception syndrome, ESR_EL2).
#include "hyp/kcore/aarch64/frame.h"
#include "hyp/kcore/aarch64/system_register.h"
#include "hyp/kcore/aarch64/world_switch.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/core/syndrome.h"
#include "hyp/kcore/kcore.h"
#include "hyp/kcore/panic.h"
#include "hyp/kcore/psci.h"

namespace armature::kcore::aarch64 {
namespace {

constexpr std::uint64_t kInstructionBytes = 4;

Cpu& this_cpu() { return *reinterpret_cast<Cpu*>(KCORE_READ_REGISTER(TPIDR_EL2)); }

[[noreturn]] void unexpected(const char* what, const TrapFrame& frame) {
  panic(what, " from KServ on core ", this_cpu().number, ": ESR_EL2 ",
        Hex{KCORE_READ_REGISTER(ESR_EL2)}, ", pc ", Hex{frame.elr}, ", SPSR_EL2 ", Hex{frame.spsr},
        ", FAR_EL2 ", Hex{KCORE_READ_REGISTER(FAR_EL2)}, ", HPFAR_EL2 ",
        Hex{KCORE_READ_REGISTER(HPFAR_EL2)});
}

void abort(TrapFrame& frame, std::uint64_t esr, bool instruction) {
  using namespace syndrome;
  const std::uint64_t status = FaultStatus::get(esr) >> 2;
  if (status != kTranslationFault && status != kAccessFlagFault && status != kPermissionFault) {
    unexpected("an abort", frame);  // an external abort or an address size fault
  }
  const std::uint64_t far = KCORE_READ_REGISTER(FAR_EL2);
  const std::uint64_t frame_number = FIPA::get(KCORE_READ_REGISTER(HPFAR_EL2));
  Stage2Fault fault;
  fault.address = {frame_number << 12 | (far & (kPageBytes - 1))};
  fault.is_translation_fault = status == kTranslationFault;
  fault.on_table_walk = S1PTW::get(esr) != 0;
  fault.pc = frame.elr;
  // Cache maintenance and address translation set WnR as well, but write nothing.
  const bool writes = WnR::get(esr) != 0 && CM::get(esr) == 0;
  fault.access = instruction ? Access::execute : writes ? Access::write : Access::read;
  handle_kserv_fault(g_kcore.core, this_cpu().number, fault);
}

std::int64_t call(const TrapFrame& frame) {
  const std::uint64_t x[5] = {frame.x[0], frame.x[1], frame.x[2], frame.x[3], frame.x[4]};
  // The world switch keeps KServ's SIMD registers itself, and nothing in that call needs libsodium.
  if (x[0] == static_cast<std::uint64_t>(abi::Call::vcpu_run)) return handle_call(g_kcore.core, x);
  const KeepSimd keep;
  return handle_call(g_kcore.core, x);
}

}  // namespace

extern "C" void kcore_synchronous(TrapFrame& frame) {
  const std::uint64_t esr = KCORE_READ_REGISTER(ESR_EL2);
  if (machine_is_halted()) arch::halt_this_core();
  switch (syndrome::EC::get(esr)) {
    case syndrome::kInstructionAbortLower:
      abort(frame, esr, true);
      break;
    case syndrome::kDataAbortLower:
      abort(frame, esr, false);
      break;
    case syndrome::kSmc64: {
      // A trapped SMC has not executed: the preferred return address is its own.
      frame.elr += kInstructionBytes;
      const psci::Call firmware_call(frame.x[0], frame.x[1], frame.x[2], frame.x[3]);
      frame.x[0] = static_cast<std::uint64_t>(
          syndrome::Imm16::get(esr) == 0
              ? handle_firmware_call(g_kcore.cpus, g_kcore.core, this_cpu(), firmware_call)
              : psci::kNotSupported);
      break;
    }
    case syndrome::kHvc64:
      frame.x[0] = static_cast<std::uint64_t>(call(frame));
      break;
    default:
      unexpected("an exception", frame);
  }
  // A core that panicked meanwhile has taken KServ's memory away.
  if (machine_is_halted()) arch::halt_this_core();
}

extern "C" void kcore_interrupt(TrapFrame& frame) { unexpected("an interrupt", frame); }

extern "C" void kcore_system_error(TrapFrame& frame) {
  if (machine_is_halted()) arch::halt_this_core();
  unexpected("an SError", frame);
}

extern "C" [[noreturn]] void kcore_own_exception(unsigned vector, std::uint64_t sp) {
  panic("an exception inside KCore, vector ", vector, ": ESR_EL2 ",
        Hex{KCORE_READ_REGISTER(ESR_EL2)}, ", pc ", Hex{KCORE_READ_REGISTER(ELR_EL2)}, ", FAR_EL2 ",
        Hex{KCORE_READ_REGISTER(FAR_EL2)}, ", sp ", Hex{sp}, ", core with MPIDR ",
        Hex{KCORE_READ_REGISTER(MPIDR_EL1)});
}

}  // namespace armature::kcore::aarch64
