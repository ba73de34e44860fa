#include "platform/cli/qemu_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

TEST(QemuArguments, WordsWhoseMeaningTheMachineHasAreTaken) {
  EXPECT_THAT(translate_qemu_words({"run", "-nodefaults", "-no-shutdown", "-display", "none",
                                    "-serial", "mon:stdio", "-monitor", "none", "-accel", "tcg",
                                    "-name", "guest", "-net", "nic", "-global",
                                    "virtio-mmio.force-legacy=false"}),
              ElementsAre("run"));
}

TEST(QemuArguments, WordsForWhatHasAnotherNameAreTranslated) {
  EXPECT_THAT(
      translate_qemu_words({"run", "-smp", "cpus=4,cores=4", "-m", "size=2G", "-cpu",
                            "cortex-a57,pmu=on", "-netdev", "user,id=n0"}),
      ElementsAre("run", "--smp", "4", "--memory", "2G", "--cpu", "cortex-a57", "--net", "user"));
  EXPECT_THAT(translate_qemu_words({"run", "-device", "virtio-rng-device", "-device",
                                    "virtio-blk-device,drive=hd0"}),
              ElementsAre("run", "--rng"));
}

TEST(QemuArguments, ACharacterDeviceMayBeNamedBeforeItIsDefined) {
  EXPECT_THAT(translate_qemu_words({"run", "-device", "virtio-serial-device", "-device",
                                    "virtconsole,chardev=ctd", "-chardev", "testdev,id=ctd"}),
              ElementsAre("run", "--test-port"));
  EXPECT_THROW(translate_qemu_words({"run", "-device", "virtconsole,chardev=ctd"}), UserError);
}

TEST(QemuArguments, TheFirstUartAndSemihostingShareOneConsole) {
  const Words file{"-chardev", "file,path=out.txt,id=output"};
  EXPECT_THAT(translate_qemu_words({"run", file[0], file[1], "-semihosting-config",
                                    "enable=on,target=native,chardev=output"}),
              ElementsAre("run", "--console", "vm0=file:out.txt", "--semihosting-config",
                          "enable=on,target=native"));
  EXPECT_THROW(translate_qemu_words({"run", file[0], file[1], "-serial", "stdio",
                                     "-semihosting-config", "enable=on,chardev=output"}),
               UserError);
}

TEST(QemuArguments, ASerialLineGoesWhereItIsSent) {
  EXPECT_THAT(translate_qemu_words({"run", "-serial", "file:log"}),
              ElementsAre("run", "--console", "vm0=file:log"));
  EXPECT_THAT(translate_qemu_words({"run", "-serial", "none"}),
              ElementsAre("run", "--console", "vm0=none"));
  EXPECT_THAT(translate_qemu_words({"run", "-chardev", "stdio,id=s,mux=on", "-serial", "chardev:s"}),
              ElementsAre("run"));
}

TEST(QemuArguments, AValueOfAnotherOptionIsNoWord) {
  const Words line{"run", "-append", "-nodefaults", "--kernel", "-chardev"};
  EXPECT_EQ(translate_qemu_words(line), line);
}

TEST(QemuArguments, ADateBecomesSeconds) {
  EXPECT_THAT(translate_qemu_words({"run", "-rtc", "base=2020-02-03T04:05:06"}),
              ElementsAre("run", "--rtc", "1580702706"));
  EXPECT_THAT(translate_qemu_words({"run", "-rtc", "base=utc,clock=vm"}), ElementsAre("run"));
}

TEST(QemuArguments, AVariantOfAPresetIsLeftToThePresetTable) {
  EXPECT_THAT(translate_qemu_words({"--cpu", "cortex-a57,replacement=random,pmu=on"}),
              ElementsAre("--cpu", "cortex-a57,replacement=random"));
}

TEST(QemuArguments, OurOwnSpellingStaysAsItIs) {
  const Words ours{"run", "--smp", "2", "--display", "--type", "x::-monitor", "--kernel", "Image"};
  EXPECT_EQ(translate_qemu_words(ours), ours);
}

TEST(QemuArguments, AValueThatCannotBeHadIsRefusedByName) {
  EXPECT_THROW(translate_qemu_words({"run", "-monitor", "stdio"}), UserError);
  EXPECT_THROW(translate_qemu_words({"run", "-device", "e1000"}), UserError);
  EXPECT_THROW(translate_qemu_words({"run", "-cpu", "cortex-a57,sve=on"}), UserError);
}

TEST(QemuArguments, AWordThatEndsTheLineIsLeftForTheParserToRefuse) {
  EXPECT_THAT(translate_qemu_words({"run", "-serial"}), ElementsAre("run", "-serial"));
}

}  // namespace
}  // namespace armature::platform
