#include "hyp/kcore/core/exit.h"

#include "hyp/kcore/core/inject.h"
#include "hyp/kcore/core/ownership.h"
#include "hyp/kcore/core/service.h"
#include "hyp/kcore/core/syndrome.h"
#include "hyp/kcore/panic.h"

namespace armature::kcore {
namespace {

using abi::ExitReason;

std::uint64_t register_of(const ShadowContext& context, std::uint64_t number) {
  return number == 31 ? 0 : context.x[number];  // 31 is XZR, not SP
}

std::uint32_t instruction_bytes(std::uint64_t esr) { return syndrome::IL::get(esr) != 0 ? 4 : 2; }

Next stop(abi::MailboxOut& out, ExitReason reason) {
  out.reason = reason;
  return Next::exit_to_kserv;
}

Next system_instruction(Vcpu& vcpu, std::uint64_t esr, abi::MailboxOut& out) {
  using namespace syndrome;
  ShadowContext& context = vcpu.saved.context;
  const bool is_sgi = Op0::get(esr) == 3 && Op1::get(esr) == 0 && CRn::get(esr) == 12 &&
                      CRm::get(esr) == 11 && Direction::get(esr) == 0;
  const std::uint64_t op2 = Op2::get(esr);
  if (is_sgi && op2 >= 5 && op2 <= 7) {  // ICC_SGI1R_EL1, ICC_ASGI1R_EL1, ICC_SGI0R_EL1
    out.value = register_of(context, Rt::get(esr));
    out.sgi_register = op2 == 5   ? abi::SgiRegister::icc_sgi1r
                       : op2 == 6 ? abi::SgiRegister::icc_asgi1r
                                  : abi::SgiRegister::icc_sgi0r;
    context.pc += 4;
    return stop(out, ExitReason::sgi);
  }
  if (arch::emulate_system_register(context, esr)) {
    context.pc += 4;
  } else {
    inject_undefined(context);
  }
  return Next::enter_again;
}

Next hypercall(Core& core, Vm& vm, Vcpu& vcpu, abi::MailboxOut& out) {
  ShadowContext& context = vcpu.saved.context;
  const std::uint64_t function = context.x[0];
  const bool is_grant = function == static_cast<std::uint64_t>(abi::VmCall::grant);
  if (is_grant || function == static_cast<std::uint64_t>(abi::VmCall::revoke)) {
    LockGuard s2page(core.s2page_lock);
    const auto result = is_grant ? grant(core, vm, context.x[1], context.x[2])
                                 : revoke(core, vm, context.x[1], context.x[2]);
    context.x[0] = static_cast<std::uint64_t>(result);
    return Next::enter_again;
  }
  if (is_psci(function)) return handle_psci(core, vm, vcpu, out);
  vcpu.saved.pending.kind = Pending::Kind::hypercall;
  out.value = function;
  return stop(out, ExitReason::hypercall);
}

void show_abort(const arch::GuestExit& exit, std::uint64_t gpa, abi::MailboxOut& out) {
  const bool is_data = syndrome::EC::get(exit.esr) == syndrome::kDataAbortLower;
  out.syndrome = is_data ? syndrome::SRT::clear(exit.esr) : exit.esr;
  out.fault_address = exit.far;
  out.hpfar = exit.hpfar;
  out.ipa = gpa;
}

Next mmio(Vcpu& vcpu, const arch::GuestExit& exit, std::uint64_t gpa, abi::MailboxOut& out) {
  using namespace syndrome;
  Pending& pending = vcpu.saved.pending;
  const bool writes = WnR::get(exit.esr) != 0;
  const std::uint32_t bytes = 1u << SAS::get(exit.esr);
  pending.kind = writes ? Pending::Kind::mmio_write : Pending::Kind::mmio_read;
  pending.destination = static_cast<std::uint32_t>(SRT::get(exit.esr));
  pending.bytes = bytes;
  pending.sign_extends = static_cast<std::uint32_t>(SSE::get(exit.esr));
  pending.is_64_bit = static_cast<std::uint32_t>(SF::get(exit.esr));
  pending.instruction_bytes = instruction_bytes(exit.esr);
  show_abort(exit, gpa, out);
  out.bytes = bytes;
  if (!writes) return stop(out, ExitReason::mmio_read);
  const std::uint64_t mask = bytes == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << bytes * 8) - 1;
  out.value = register_of(vcpu.saved.context, SRT::get(exit.esr)) & mask;
  return stop(out, ExitReason::mmio_write);
}

Next abort(Vm& vm, Vcpu& vcpu, const arch::GuestExit& exit, abi::MailboxOut& out) {
  using namespace syndrome;
  const bool is_data = EC::get(exit.esr) == kDataAbortLower;
  const bool on_walk = S1PTW::get(exit.esr) != 0;
  const std::uint64_t page = FIPA::get(exit.hpfar) << 12;
  // FAR holds the address that was translated: its low bits are those of the access, not of a walk.
  const std::uint64_t gpa = on_walk ? page : page | (exit.far & (kPageBytes - 1));
  if (FaultStatus::get(exit.esr) >> 2 == kTranslationFault) {
    if (gpa >= abi::kVmMemoryBase && gpa - abi::kVmMemoryBase < vm.description.memory_bytes) {
      vcpu.saved.pending.kind = Pending::Kind::memory;
      vcpu.saved.pending.gpa = page;
      show_abort(exit, gpa, out);
      return stop(out, ExitReason::memory);
    }
    if (gpa < abi::kVmMemoryBase && is_data && !on_walk && ISV::get(exit.esr) != 0) {
      return mmio(vcpu, exit, gpa, out);
    }
  }
  // Neither memory nor a device, or an access that cannot be emulated: what a bus would answer.
  inject_external_abort(vcpu.saved.context, is_data ? Aborted::data : Aborted::instruction,
                        exit.far);
  return Next::enter_again;
}

Next synchronous(Core& core, Vm& vm, Vcpu& vcpu, const arch::GuestExit& exit,
                 abi::MailboxOut& out) {
  ShadowContext& context = vcpu.saved.context;
  switch (syndrome::EC::get(exit.esr)) {
    case syndrome::kWfx:
      context.pc += instruction_bytes(exit.esr);
      return stop(out, ExitReason::wait);
    case syndrome::kSmc64:
      context.pc += 4;  // a trapped SMC has not executed, an HVC has
      [[fallthrough]];
    case syndrome::kHvc64:
      return hypercall(core, vm, vcpu, out);
    case syndrome::kSystem64:
      return system_instruction(vcpu, exit.esr, out);
    case syndrome::kDataAbortLower:
    case syndrome::kInstructionAbortLower:
      return abort(vm, vcpu, exit, out);
    default:
      // Whatever else traps does not exist in a VM.
      inject_undefined(context);
      return Next::enter_again;
  }
}

}  // namespace

Next handle_exit(Core& core, Vm& vm, Vcpu& vcpu, const arch::GuestExit& exit,
                 abi::MailboxOut& out) {
  vcpu.saved.pending = Pending{};
  switch (exit.cause) {
    case arch::GuestExit::Cause::interrupt:
      return stop(out, ExitReason::interrupt);
    case arch::GuestExit::Cause::synchronous:
      return synchronous(core, vm, vcpu, exit, out);
    case arch::GuestExit::Cause::system_error: {
      // CHOICE: an SError while a VM runs is laid at its door; nobody else pays.
      print("VM ", std::uint64_t{vm.vmid}, ": an SError, ESR_EL2 ", Hex{exit.esr}, "; powered off");
      LockGuard guard(vm.lock);
      if (vm.state == VmState::verified) stop_for_ever(core, vm, VmState::powered_off);
      return stop(out, ExitReason::off);
    }
  }
  return stop(out, ExitReason::off);
}

}  // namespace armature::kcore
