// QEMU command lines that people have in their fingers: words whose meaning the machine already has
// are taken, words that ask for what it has under another name are translated, and everything else
// is refused by name.
#pragma once

#include <string>
#include <vector>

namespace armature::platform {

// The arguments of `armature run` with QEMU's words replaced by ours:
//   -display none, -serial stdio|mon:stdio, -monitor none, -nodefaults, -no-reboot, -accel tcg
//   nothing -smp cpus=N[,...=...]     --smp N      -m size=S     --memory S     -cpu NAME,pmu=on
//   --cpu NAME -netdev|-nic user[,...]   --net user   -rtc base=UTC-SECONDS   --rtc N -device
//   virtio-blk-device|virtio-net-device    nothing: --drive and --net bring their slots -device
//   virtio-rng-device    --rng     -device virtio-serial-device, virtconsole    --virtio-console
// Throws UserError for a value of these that cannot be had.
std::vector<std::string> translate_qemu_words(const std::vector<std::string>& arguments);

}  // namespace armature::platform
