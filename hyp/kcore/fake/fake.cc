#include "hyp/kcore/fake/fake.h"

#include <sys/mman.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>

namespace armature::kcore {
namespace fake {

Processor processor;

Ram::Ram(std::uint64_t bytes) : bytes_(bytes), memory_(bytes) {
  void* const at = reinterpret_cast<void*>(kBase);
  if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
           0) != at) {
    throw std::runtime_error("no room for the RAM of the fake processor at 0x40000000");
  }
}
Ram::~Ram() { munmap(reinterpret_cast<void*>(kBase), bytes_); }

std::uint64_t& Ram::word_in_memory(std::uint64_t address) {
  return *reinterpret_cast<std::uint64_t*>(&memory_[address - kBase]);
}
void Ram::clean(std::uint64_t page) {
  std::memcpy(&memory_[page - kBase], reinterpret_cast<void*>(page), kPageBytes);
}

// A walk by the manual's rules, written apart from the code under test.
bool Observers::walk_finds(const Watch& watch) const {
  const auto* table = reinterpret_cast<const std::uint64_t*>(watch.vttbr & 0x0000'ffff'ffff'fffe);
  for (unsigned level = watch.start_level;; ++level) {
    const unsigned shift = 39 - 9 * level;
    const std::uint64_t index =
        level == watch.start_level ? watch.ipa >> shift : watch.ipa >> shift & 511;
    auto* entry = const_cast<std::uint64_t*>(&table[index]);
    std::uint64_t value = *entry;
    if (const auto old = pending_.find(entry); old != pending_.end() && (old->second & 1) != 0) {
      value = old->second;
    }
    if ((value & 1) == 0) return false;
    if (level == 3 || (value & 2) == 0) return true;
    table = reinterpret_cast<const std::uint64_t*>(value & 0x0000'ffff'ffff'f000);
  }
}

void Observers::refill() {
  for (const auto& watch : watched_) {
    const Key key{vmid(watch.vttbr), watch.ipa};
    if (walk_finds(watch)) stage2_.insert(key);
    if (stage2_.contains(key)) combined_.insert(key);
  }
}

void Observers::complete() {
  const auto drop_all = [](std::set<Key>& from, std::uint64_t id) {
    std::erase_if(from, [&](const Key& key) { return key.first == id; });
  };
  // Combined entries first, and a refill before stage 2 goes: nothing between them said otherwise.
  for (const auto& [what, id] : maintenance_) {
    if (what.op == Op::tlbi_vmalle1is) drop_all(combined_, id);
  }
  refill();
  for (const auto& [what, id] : maintenance_) {
    if (what.op == Op::tlbi_ipas2e1is) stage2_.erase({id, what.value});
    if (what.op == Op::tlbi_vmalls12e1is) drop_all(stage2_, id), drop_all(combined_, id);
    if (what.op == Op::tlbi_alle1is) stage2_.clear(), combined_.clear();
  }
  maintenance_.clear();
  refill();
}

void Observers::step(const Step& step) {
  switch (step.op) {
    case Op::write_vttbr:
      vttbr_ = step.value;
      break;
    case Op::isb:
      vttbr_in_use_ = vttbr_;
      break;
    case Op::tlbi_ipas2e1is:
    case Op::tlbi_vmalle1is:
    case Op::tlbi_vmalls12e1is:
    case Op::tlbi_alle1is:
      // What the walkers still see old they can refill after this invalidation.
      maintenance_.push_back({step, vmid(vttbr_in_use_)});
      if (!pending_.empty()) maintenance_.pop_back();
      break;
    case Op::dsb_ishst:
      pending_.clear();
      break;
    case Op::dsb_ish:
    case Op::dsb_sy:
      pending_.clear();
      complete();
      break;
    default:
      break;
  }
  refill();
}

namespace {
void note(Op op, std::uint64_t value = 0) {
  if (processor.records) processor.steps.push_back({op, value});
  if (processor.observers != nullptr) processor.observers->step({op, value});
}
}  // namespace

}  // namespace fake

KCore g_kcore;

void fake::reset() {
  processor = {};
  std::destroy_at(&g_kcore.cpus);
  new (&g_kcore.cpus) CpuTable{};
  g_kcore.halted = false;
}

namespace arch {

using fake::note;
using fake::Op;
using fake::processor;

void wait_while_equal(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
  if (word.load() == value) std::this_thread::yield();
}
void write_descriptor(std::uint64_t* entry, std::uint64_t descriptor) {
  if (processor.observers != nullptr) processor.observers->before_descriptor(entry);
  *entry = descriptor;
  note(Op::descriptor, descriptor);
}
void order_table_before_link() { note(Op::order_before_link); }
void clean_to_poc(const void* begin, std::size_t) { note(Op::clean, physical(begin).value); }
std::int64_t call_firmware(std::uint64_t function, std::uint64_t x1, std::uint64_t x2,
                           std::uint64_t x3) {
  note(Op::firmware, function);
  processor.requests.push_back({function, x1, x2, x3});
  return processor.firmware ? processor.firmware(processor.requests.back()) : 0;
}
PhysicalAddress secondary_entry() { return {0x4010'0080}; }
void write_console(const char* text, std::size_t length) { processor.console.append(text, length); }
void halt_this_core() { throw fake::Halted{}; }

std::uint64_t read_vttbr() { return processor.vttbr; }
void write_vttbr(std::uint64_t value) {
  processor.vttbr = value;
  note(Op::write_vttbr, value);
}
void isb() { note(Op::isb); }
void dsb_ishst() { note(Op::dsb_ishst); }
void dsb_ish() { note(Op::dsb_ish); }
void dsb_sy() { note(Op::dsb_sy); }
void tlbi_ipas2e1is(IntermediateAddress page) { note(Op::tlbi_ipas2e1is, page.value); }
void tlbi_vmalle1is() { note(Op::tlbi_vmalle1is); }
void tlbi_vmalls12e1is() { note(Op::tlbi_vmalls12e1is); }
void tlbi_alle1is() { note(Op::tlbi_alle1is); }
void ic_ialluis() { note(Op::ic_ialluis); }
void read_oracle(abi::Datum, std::uint64_t* to, PhysicalAddress from, std::size_t words) {
  const auto* source = pointer_to<const volatile std::uint64_t>(from);
  for (std::size_t n = 0; n < words; ++n) to[n] = source[n];
}
void zero_page(PhysicalAddress page) {
  note(Op::zero_page, page.value);
  std::memset(pointer_to<void>(page), 0, kPageBytes);
}
void clean_invalidate_page(PhysicalAddress page) {
  note(Op::clean_page, page.value);
  if (processor.ram != nullptr) processor.ram->clean(page.value);
}
unsigned this_core() { return processor.core_number; }
unsigned list_register_count() { return processor.list_registers; }
unsigned physical_address_bits() { return processor.pa_bits; }
GuestExit run_vcpu(ShadowContext& context, const GuestRun& run) {
  note(Op::run_vcpu, run.vttbr);
  if (processor.guest) return processor.guest(context, run);
  return {GuestExit::Cause::interrupt, 0, 0, 0, 0};
}
void reset_context(ShadowContext& context, unsigned vcpuid) {
  context = {};
  context.system.vmpidr_el2 = 0x8000'0000 | vcpuid;
}
bool emulate_system_register(ShadowContext& context, std::uint64_t esr) {
  return processor.emulated_register && processor.emulated_register(context, esr);
}

}  // namespace arch
}  // namespace armature::kcore
