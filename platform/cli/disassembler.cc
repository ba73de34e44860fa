#include "platform/cli/disassembler.h"

#include <capstone.h>
#include <fmt/format.h>

#include "sim/base/assert.h"

namespace armature::platform {

struct Disassembler::Handle {
  csh capstone = 0;
};

Disassembler::Disassembler() : handle_(std::make_unique<Handle>()) {
  ARMATURE_ASSERT(cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle_->capstone) == CS_ERR_OK);
}

Disassembler::~Disassembler() { cs_close(&handle_->capstone); }

std::string Disassembler::text(std::uint32_t word, VirtualAddress pc) const {
  cs_insn* insn = nullptr;
  const auto* code = reinterpret_cast<const std::uint8_t*>(&word);
  if (cs_disasm(handle_->capstone, code, sizeof(word), pc.value, 1, &insn) != 1) {
    return fmt::format(".inst {:#010x}", word);
  }
  std::string text = insn->mnemonic;
  if (insn->op_str[0] != 0) text += fmt::format(" {}", insn->op_str);
  cs_free(insn, 1);
  return text;
}

}  // namespace armature::platform
