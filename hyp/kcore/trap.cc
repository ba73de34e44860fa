#include "hyp/kcore/trap.h"

#include "hyp/kcore/kcore.h"
#include "hyp/kcore/panic.h"

namespace armature::kcore {
namespace {

const char* describe(const Stage2Fault& fault) {
  if (fault.on_table_walk) return "a table walk at ";
  switch (fault.access) {
    case Access::read: return "a read of ";
    case Access::write: return "a write to ";
    case Access::execute: return "execution at ";
  }
  return "an access to ";
}

}  // namespace

void handle_stage2_fault(KCore& kcore, Cpu& cpu, const Stage2Fault& fault) {
  const PhysicalAddress page = page_of(identity(fault.address));
  const MemoryMap::Kind kind = kcore.memory.kind(page);
  if (kind == MemoryMap::Kind::kcore) {
    panic("KServ (the kernel) on core ", cpu.number, " reached for KCore's memory: ", describe(fault),
          Hex{fault.address.value}, ", pc ", Hex{fault.pc});
  }
  if (!fault.is_translation_fault) {
    panic("KServ (the kernel) on core ", cpu.number, " broke a permission: ", describe(fault),
          kind == MemoryMap::Kind::device ? "device " : "", Hex{fault.address.value}, ", pc ",
          Hex{fault.pc});
  }
  const auto memory = kind == MemoryMap::Kind::ram ? descriptor::Memory::normal
                                                   : descriptor::Memory::device;
  switch (kcore.kserv.map_page(page_of(fault.address), page, memory)) {
    case Stage2::Result::mapped:
    case Stage2::Result::was_mapped:  // another core was faster
      return;
    case Stage2::Result::out_of_tables:
      panic("no table pages left for KServ, asked for ", Hex{fault.address.value});
    case Stage2::Result::out_of_range:
      panic("KServ (the kernel) on core ", cpu.number, " used an address above 40 bits: ",
            Hex{fault.address.value}, ", pc ", Hex{fault.pc});
  }
}

}  // namespace armature::kcore
