// VMs in the configuration: `--vm`, `[[vm]]`, consoles and typing by VM.
#include "sim/config/vm_config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sim/base/user_error.h"
#include "sim/config/schema.h"

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

void set(RunConfig& config, const char* key, const char* value) {
  find_option(key)->set(config, value);
}

RunConfig read_back(const RunConfig& config) {
  const auto path = std::filesystem::temp_directory_path() / "armature-vm-config-test.toml";
  std::ofstream(path) << dump_toml(config);
  RunConfig again;
  load_toml(path.string(), again);
  std::filesystem::remove(path);
  return again;
}

TEST(VmConfig, KeysAreReadAndADoubledCommaIsOneOfTheValue) {
  const VmConfig vm =
      parse_vm("kernel=Image,append=console=ttyAMA0,,115200 quiet,vcpus=2,memory=256M,runs=3");
  EXPECT_EQ(vm.kernel, "Image");
  EXPECT_EQ(vm.append, "console=ttyAMA0,115200 quiet");
  EXPECT_EQ(vm.vcpus, 2u);
  EXPECT_EQ(vm.memory, 256ull << 20);
  EXPECT_EQ(vm.runs, 3u);
  EXPECT_FALSE(vm.is_unsigned);
}

TEST(VmConfig, AnUnknownKeyNamesTheNearest) {
  EXPECT_NE(message_of([] { parse_vm("guest=a,vcpu=2"); }).find("did you mean 'vcpus'"),
            std::string::npos);
}

TEST(VmConfig, WhatCannotBeIsRefused) {
  for (const char* bad :
       {"", "guest", "vcpus=1", "guest=a,kernel=b", "guest=a,initrd=b", "guest=a,vcpus=0",
        "guest=a,vcpus=9", "guest=a,memory=3M", "guest=a,memory=9G", "guest=a,memory=5M",
        "guest=a,runs=0", "guest=a,unsigned=perhaps", "guest=a,key=k,unsigned=on",
        "guest=a,manifest=m,key=k", "guest=a,name=a-name-of-more-than-thirty-one-characters"}) {
    EXPECT_THROW(parse_vm(bad), UserError) << bad;
  }
}

TEST(VmConfig, VmsMeanElTwoAndReadBackFromToml) {
  RunConfig config;
  set(config, "vm", "guest=a.guest,vcpus=4,unsigned=on");
  set(config, "vm", "kernel=b,append=x,,y \"z\",name=second,memory=1G");
  EXPECT_EQ(config.el, 2u);
  const RunConfig again = read_back(config);
  ASSERT_EQ(again.vms.size(), 2u);
  EXPECT_EQ(dump_toml(again), dump_toml(config));
  EXPECT_TRUE(again.vms[0].is_unsigned);
  EXPECT_EQ(again.vms[1].append, "x,y \"z\"");
}

TEST(VmConfig, AnErrorInATableNamesTheFile) {
  const auto path = std::filesystem::temp_directory_path() / "armature-vm-config-bad.toml";
  std::ofstream(path) << "smp = 2\n[[vm]]\nguest = 'a'\nmemroy = '64M'\n";
  RunConfig config;
  const std::string message = message_of([&] { load_toml(path.string(), config); });
  std::filesystem::remove(path);
  EXPECT_NE(message.find("armature-vm-config-bad.toml:2: "), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'memory'"), std::string::npos) << message;
}

TEST(VmConfig, MoreVmsThanKServHasRoomForAreRefusedWithTheNumbers) {
  RunConfig config;
  for (unsigned n = 0; n < kVmsMax; ++n) set(config, "vm", "guest=a");
  validate(config);
  set(config, "vm", "guest=a");
  const std::string message = message_of([&] { validate(config); });
  EXPECT_NE(message.find("17 VMs"), std::string::npos) << message;
  EXPECT_NE(message.find("1..16"), std::string::npos) << message;
}

TEST(VmConfig, AConsoleIsStandardOutputAFileOrATerminal) {
  RunConfig config;
  set(config, "console", "vm1=file:out.txt");
  set(config, "console", "vm2=pty");
  EXPECT_EQ(config.consoles[0].vm, 1u);
  EXPECT_EQ(config.consoles[0].file, "out.txt");
  EXPECT_EQ(config.consoles[1].kind, ConsoleConfig::Kind::pseudo_terminal);
  EXPECT_EQ(dump_toml(read_back(config)), dump_toml(config));
  for (const char* bad : {"vm1", "vm1=", "vm1=file:", "vm4=pty", "1=pty", "vm1=tty", "vm=pty"}) {
    EXPECT_THROW(set(config, "console", bad), UserError) << bad;
  }
}

TEST(VmConfig, TypingNamesItsVmOrMeansTheFirst) {
  RunConfig config;
  set(config, "type", "vm1:login: ::root\\n");
  set(config, "type", "# ::uname\\n");
  set(config, "type", "vm2::x");  // a prompt "vm2" of the first console
  EXPECT_EQ(config.typing[0].vm, 1u);
  EXPECT_EQ(config.typing[0].expect, "login: ");
  EXPECT_EQ(config.typing[0].text, "root\n");
  EXPECT_EQ(config.typing[1].vm, 0u);
  EXPECT_EQ(config.typing[2].vm, 0u);
  EXPECT_EQ(config.typing[2].expect, "vm2");
  EXPECT_EQ(dump_toml(read_back(config)), dump_toml(config));
  set(config, "vm", "guest=a");
  EXPECT_NE(message_of([&] { validate(config); }).find("no console of vm1"), std::string::npos);
}

}  // namespace
}  // namespace armature
