// The configuration schema: one key, one meaning, in TOML and on the command line.
#include "sim/config/schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "sim/base/user_error.h"
#include "sim/config/preset.h"

namespace armature {
namespace {

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

class TomlFile {
 public:
  explicit TomlFile(const std::string& text)
      : path_((std::filesystem::temp_directory_path() / "armature-schema-test.toml").string()) {
    std::ofstream(path_) << text;
  }
  ~TomlFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Schema, EveryKeyIsUniqueAndExplained) {
  std::set<std::string_view> names;
  for (const OptionSpec& option : run_options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_FALSE(option.help.empty()) << option.name;
  }
  EXPECT_GT(names.size(), 30u);
}

TEST(Schema, WhatIsDumpedReadsBackAsTheSameConfiguration) {
  RunConfig config;
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"cpu", "cortex-a72"},
           {"smp", "4"},
           {"memory", "2G"},
           {"kernel", "a \"b\".img"},
           {"quantum", "insn"},
           {"drive", "file=x.img,readonly=on"},
           {"no-fast", "true"},
           {"type", "# ::echo a\\nb"},
           {"net", "user"},
           {"seed", "18446744073709551"}}) {
    find_option(key)->set(config, value);
  }
  const TomlFile file(dump_toml(config));
  RunConfig again;
  load_toml(file.path(), again);
  EXPECT_EQ(dump_toml(again), dump_toml(config));
  EXPECT_EQ(again.typing[0].text, "echo a\nb");
  EXPECT_EQ(again.memory, 2ull << 30);
  EXPECT_FALSE(again.fast);
}

TEST(Schema, AnUnknownKeyNamesFileLineAndTheNearestKey) {
  const TomlFile file("smp = 2\n\nkernal = 'Image'\n");
  RunConfig config;
  const std::string message = message_of([&] { load_toml(file.path(), config); });
  EXPECT_NE(message.find(":3:"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'kernel'"), std::string::npos) << message;
}

TEST(Schema, AValueOfTheWrongKindIsRefusedWithItsLine) {
  const TomlFile file("smp = [1, 2]\n");
  RunConfig config;
  EXPECT_NE(message_of([&] { load_toml(file.path(), config); }).find(":1: smp"), std::string::npos);
}

TEST(Schema, MemorySizesTakeQemusSuffixesAndRefuseOthers) {
  EXPECT_EQ(parse_memory_size("memory", "512"), 512ull << 20);
  EXPECT_EQ(parse_memory_size("memory", "1G"), 1ull << 30);
  EXPECT_EQ(parse_memory_size("memory", "65536K"), 64ull << 20);
  for (const char* bad :
       {"", "G", "63M", "65G", "1T", "-1G", "1.5G", "65M", "99999999999999999999G"}) {
    EXPECT_THROW(parse_memory_size("memory", bad), UserError) << bad;
  }
}

TEST(Schema, NumbersOutOfRangeSayWhatIsAllowed) {
  RunConfig config;
  const std::string message = message_of([&] { find_option("smp")->set(config, "17"); });
  EXPECT_NE(message.find("1..16"), std::string::npos) << message;
  EXPECT_THROW(find_option("smp")->set(config, "two"), UserError);
  EXPECT_THROW(find_option("smp")->set(config, "0"), UserError);
}

TEST(Schema, VirtualizationOnMeansElTwo) {
  RunConfig config;
  find_option("machine")->set(config, "virt,virtualization=on,gic-version=3");
  EXPECT_EQ(config.el, 2u);
  EXPECT_THROW(find_option("machine")->set(config, "virt,gic-version=2"), UserError);
}

TEST(Schema, ContradictionsAreRefused) {
  RunConfig both;
  both.record = "a";
  both.replay = "b";
  EXPECT_THROW(validate(both), UserError);
  RunConfig expression;
  expression.until = "(";
  EXPECT_THROW(validate(expression), UserError);
}

TEST(Presets, AnUnknownOneIsRefusedWithTheNearest) {
  EXPECT_NE(message_of([] { cpu_preset("cortex-a75"); }).find("did you mean 'cortex-a"),
            std::string::npos);
  EXPECT_EQ(cpu_preset("cortex-a57").id.midr, 0x411fd070u);
}

TEST(Presets, AVariantDiffersInTheReplacementOfItsCachesOnly) {
  CpuPreset variant = cpu_preset("cortex-a53,replacement=round-robin");
  EXPECT_EQ(variant.name, "cortex-a53,replacement=round-robin");
  EXPECT_EQ(variant.l1i.replacement, Replacement::round_robin);
  EXPECT_EQ(variant.l1d.replacement, Replacement::round_robin);
  EXPECT_EQ(variant.l2.replacement, Replacement::round_robin);
  EXPECT_EQ(variant.l1d.ways, cpu_preset("cortex-a53").l1d.ways);
  EXPECT_EQ(variant.id.midr, cpu_preset("cortex-a53").id.midr);
  EXPECT_THROW(cpu_preset("cortex-a53,replacement=lru"), UserError);
}

TEST(NearestMatch, CountsAnExchangeOfNeighboursAsOneEdit) {
  constexpr std::string_view words[] = {"all", "tlb"};
  EXPECT_EQ(nearest_match("tbl", words), "tlb");
  EXPECT_EQ(nearest_match("something else", words), "");
}

}  // namespace
}  // namespace armature
