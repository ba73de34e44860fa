#include "platform/cli/qemu_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

TEST(QemuArguments, WordsWhoseMeaningTheMachineHasAreTaken) {
  EXPECT_THAT(translate_qemu_words({"run", "-nodefaults", "-no-reboot", "-display", "none",
                                    "-serial", "mon:stdio", "-monitor", "none", "-accel", "tcg"}),
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
