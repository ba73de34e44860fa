// QEMU command lines that people have in their fingers: words whose meaning the machine already has
// are taken, words that ask for what it has under another name are translated, and everything else
// is refused by name.
#pragma once

#include <string>
#include <vector>

namespace armature::platform {

// The arguments of `armature run` with QEMU's words replaced by ours; the table in
// qemu_arguments.cc lists them. Throws UserError for a value of these that cannot be had.
std::vector<std::string> translate_qemu_words(const std::vector<std::string>& arguments);

}  // namespace armature::platform
