#include "tests/hyp/fake_processor_fixture.h"

#include <memory>
#include <thread>

namespace armature::kcore {
namespace {

constexpr std::size_t kLevel2Pages = 4, kLevel3Pages = 8;
Stage2::Root g_root;
TablePage g_level2[kLevel2Pages];
TablePage g_level3[kLevel3Pages];

}  // namespace

KCore g_kcore{.memory = {},
              .cpus = {},
              .kserv = Stage2(g_root, PagePool(g_level2, kLevel2Pages), PagePool(g_level3, kLevel3Pages)),
              .console_lock = {}};

namespace fake {

Processor processor;

void reset() {
  processor = {};
  g_root = {};
  std::destroy_at(&g_kcore);
  new (&g_kcore) KCore{.memory = {},
                       .cpus = {},
                       .kserv = Stage2(g_root, PagePool(g_level2, kLevel2Pages), PagePool(g_level3, kLevel3Pages)),
                       .console_lock = {}};
  // Pools hold what was there before: a table must not depend on it.
  for (auto& page : g_level2) std::fill_n(page.entries, TablePage::kEntries, ~0ull);
  for (auto& page : g_level3) std::fill_n(page.entries, TablePage::kEntries, ~0ull);
}

}  // namespace fake

namespace arch {

using fake::processor;
using Kind = fake::Step::Kind;

void wait_while_equal(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
  if (word.load() == value) std::this_thread::yield();
}
void write_descriptor(std::uint64_t* entry, std::uint64_t descriptor) {
  processor.steps.push_back({Kind::descriptor, entry, descriptor});
  *entry = descriptor;
}
void order_table_before_link() { processor.steps.push_back({Kind::order_before_link}); }
void publish_descriptors() { processor.steps.push_back({Kind::publish}); }
void invalidate_stage2_everywhere() { processor.steps.push_back({Kind::invalidate}); }
void clean_to_poc(const void* begin, std::size_t) {
  processor.steps.push_back({Kind::clean, nullptr, physical(begin).value});
}
std::int64_t call_firmware(std::uint64_t function, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3) {
  processor.steps.push_back({Kind::firmware, nullptr, function});
  processor.requests.push_back({function, x1, x2, x3});
  return processor.firmware ? processor.firmware(processor.requests.back()) : 0;
}
PhysicalAddress secondary_entry() { return {0x40100080}; }
void write_console(const char* text, std::size_t length) { processor.console.append(text, length); }
[[noreturn]] void halt_this_core() { throw fake::Halted{}; }

}  // namespace arch
}  // namespace armature::kcore
