#include "hyp/check/stage2_maps.h"

#include <algorithm>

#include "sim/arch/sysreg.h"
#include "sim/base/bits.h"
#include "sim/check/descriptor.h"
#include "sim/check/manifest_watch.h"

namespace armature::hyp {

using check::DescriptorShape;

const std::vector<Mapping>& Stage2Maps::of(std::uint64_t page) const {
  static const std::vector<Mapping> none;
  const auto place = maps_.find(page);
  return place == maps_.end() ? none : place->second;
}

void Stage2Maps::apply_leaf(const Context& context, std::uint64_t descriptor, unsigned level,
                            std::uint64_t input, bool appears, bool by_table) {
  const unsigned size_log2 = check::size_log2_at(level);
  const std::uint64_t output = check::output_of(descriptor, size_log2);
  for (std::uint64_t offset = 0; offset < 1ull << size_log2; offset += kFrameBytes) {
    const std::uint64_t page = output + offset;
    const Mapping mapping{context.principal, context.vmid, input + offset};
    std::vector<Mapping>& all = maps_[page];
    if (appears) {
      all.push_back(mapping);
      if (mapped) mapped(page, mapping, by_table, *context.event);
      continue;
    }
    const auto place = std::find(all.begin(), all.end(), mapping);
    if (place != all.end()) all.erase(place);
    if (unmapped) unmapped(page, mapping, by_table, *context.event);
  }
}

void Stage2Maps::apply(const Context& context, std::uint64_t descriptor, unsigned level,
                       std::uint64_t input, bool appears, bool by_table) {
  if (!check::is_cacheable(descriptor, level)) return;
  if (check::shape_of(descriptor, level) == DescriptorShape::leaf) {
    return apply_leaf(context, descriptor, level, input, appears, by_table);
  }
  const std::uint64_t table = check::output_of(descriptor, 12);
  for (std::uint64_t n = 0; n < 512; ++n) {
    apply(context, scene_.machine->read64({table + n * 8}), level + 1,
          input + (n << check::size_log2_at(level + 1)), appears, true);
  }
}

void Stage2Maps::installed(const Event& event) {
  if (static_cast<SysReg>(event.d & 0xffff) != SysReg::VTTBR_EL2 || event.a == 0) return;
  if (roots_.contains(event.a)) return;
  for (const check::Manifest::Root& root : scene_.manifest.roots) {
    if (root.stage != 2 || scene_.machine->read64(root.cell) != event.a) continue;
    roots_.insert(event.a);
    const Context context{root.principal, static_cast<std::uint16_t>(bits(event.a, 63, 48)),
                          &event};
    const std::uint64_t table = event.a & mask(47, 12);
    for (std::uint64_t n = 0; n < root.bytes / 8; ++n) {
      apply(context, scene_.machine->read64({table + n * 8}), root.level,
            n << check::size_log2_at(root.level), true, true);
    }
    return;
  }
}

// The event comes before the store: what the old descriptor led to is still there to be read.
void Stage2Maps::written(const Event& event) {
  if (bits(event.d, 4, 3) != 2 || event.b == event.c) return;
  for (const check::TableEntry& entry : scene_.machine->table_entries({event.a})) {
    const std::uint64_t vttbr = entry.root.value | std::uint64_t{entry.vmid} << 48;
    if (!entry.is_known || entry.stage != 2 || entry.detached || !roots_.contains(vttbr) ||
        entry.vmid != bits(event.d, 23, 8)) {
      continue;
    }
    const Context context{check::principal_of_root(scene_, vttbr), entry.vmid, &event};
    apply(context, event.b, entry.level, entry.input, false, false);
    apply(context, event.c, entry.level, entry.input, true, false);
    return;
  }
}

void Stage2Maps::on(const Event& event) {
  if (event.kind == EventKind::table_write) written(event);
  if (event.kind == EventKind::sysreg_write) installed(event);
}

}  // namespace armature::hyp
