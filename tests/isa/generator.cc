#include "generator.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "cpu/operands.h"
#include "cpu/pattern.h"

namespace armature::isa {

namespace {

using cpu::Access;
using cpu::BitPattern;
using cpu::RegisterUse;
using cpu::Row;
namespace field = cpu::field;

constexpr unsigned kPointer = 28;  // holds ISA_POINTER throughout
constexpr unsigned kZr = 31;

// ---- Words that set up operands

constexpr std::uint32_t add_immediate(unsigned rd, unsigned rn, unsigned imm) {
  return 0x91000000u | imm << 10 | rn << 5 | rd;
}
constexpr std::uint32_t sub_immediate(unsigned rd, unsigned rn, unsigned imm) {
  return 0xd1000000u | imm << 10 | rn << 5 | rd;
}
// UBFX/SBFX Xd, Xn, #lsb, #width
constexpr std::uint32_t extract_bits(bool is_signed, unsigned rd, unsigned rn, unsigned lsb,
                                     unsigned width) {
  return (is_signed ? 0x93400000u : 0xd3400000u) | lsb << 16 | (lsb + width - 1) << 10 | rn << 5 |
         rd;
}
// AND Xd, Xd, #mask, a run of `width` ones from bit `lsb`
constexpr std::uint32_t and_run(unsigned rd, unsigned lsb, unsigned width) {
  return 0x92400000u | ((64 - lsb) & 63) << 16 | (width - 1) << 10 | rd << 5 | rd;
}
constexpr std::uint32_t adr(unsigned rd, unsigned offset) {
  return 0x10000000u | (offset & 3) << 29 | (offset >> 2) << 5 | rd;
}
constexpr std::uint32_t kClrex = 0xd5033f5f;

// ---- What kind of operand address a load or store has

enum class Operand : std::uint8_t {
  none,
  literal,
  imm12,
  imm9,
  imm7,
  register_offset,
  base,
  exclusive
};

Operand operand_of(std::uint32_t word) {
  if ((word & 0x3b000000) == 0x18000000) return Operand::literal;
  if ((word & 0x3a000000) == 0x28000000) return Operand::imm7;
  if ((word & 0x3f000000) == 0x08000000) return Operand::exclusive;
  if ((word & 0x3b000000) == 0x39000000) return Operand::imm12;
  if ((word & 0x3b200000) == 0x38200000) return Operand::register_offset;
  if ((word & 0x3b200000) == 0x38000000) return Operand::imm9;
  return Operand::base;  // structures
}

bool is_store_exclusive(std::uint32_t word) { return (word & 0x3fc00000) == 0x08000000; }

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix);
}

// Words that on QEMU would call the kernel or the semihosting host, or wait, or that name system
// registers (which Linux emulates for programs and which have tests of their own).
bool leaves_the_program(std::uint32_t word) {
  constexpr BitPattern kSvc = cpu::compile_pattern("11010100000iiiiiiiiiiiiiiii00001");
  constexpr BitPattern kHalt = cpu::compile_pattern("11010100010iiiiiiiiiiiiiiii00000");
  constexpr BitPattern kWaitingHint = cpu::compile_pattern("110101010000001100100000ooo11111");
  constexpr BitPattern kRegister = cpu::compile_pattern("1101010100r1xxxxxxxxxxxxxxxxxxxx");
  constexpr BitPattern kOperation = cpu::compile_pattern("1101010100r01xxxxxxxxxxxxxxxxxxx");
  for (const BitPattern pattern : {kSvc, kHalt, kWaitingHint, kRegister, kOperation}) {
    if (pattern.matches(word)) return true;
  }
  return false;
}

// Rows whose meaning is not the same for a user program on QEMU.
bool testable(const Row& row) {
  static constexpr std::string_view kExcluded[] = {"SVC",  "HVC",     "SMC", "BRK", "HLT",
                                                   "ERET", "MSR_imm", "SYSL"};
  return std::find(std::begin(kExcluded), std::end(kExcluded), row.name) == std::end(kExcluded);
}

// One case as it grows.
class Builder {
 public:
  Builder(Random& random, IsaCase& result) : random_(random), case_(result) {}

  unsigned room() const { return ISA_WORDS_MAX - case_.word_count; }

  // Adds one instruction of the row with what it needs before it; false when the row did not give
  // a usable word.
  bool add(const Row& row);
  // Gives every branch a target: the start of a later instruction, or the end.
  void place_branches();

 private:
  std::optional<std::uint32_t> random_word(const Row& row);
  bool leaves_pointer_alone(const Row& row, std::uint32_t word) const;
  void emit(std::uint32_t word) { case_.words[case_.word_count++] = word; }
  bool add_memory(const Row& row, std::uint32_t word);
  void set_base(unsigned rn, bool aligned);
  bool add_system(const Row& row, std::uint32_t word);
  bool add_branch(const Row& row, std::uint32_t word);

  Random& random_;
  IsaCase& case_;
  std::vector<unsigned> starts_{};    // where instructions begin: possible targets
  std::vector<unsigned> branches_{};  // words whose offset place_branches fills in
};

bool Builder::leaves_pointer_alone(const Row& row, std::uint32_t word) const {
  const auto uses = cpu::parse_register_uses(row.writes, row.pattern);
  return uses && std::none_of(uses->begin(), uses->end(), [&](const RegisterUse& use) {
           return use.kind == RegisterUse::Kind::general &&
                  cpu::extract_field(row.pattern, use.letter, word) == kPointer;
         });
}

std::optional<std::uint32_t> Builder::random_word(const Row& row) {
  const BitPattern pattern = cpu::compile_pattern(row.pattern);
  for (unsigned attempt = 0; attempt < 100; ++attempt) {
    std::uint32_t word =
        (static_cast<std::uint32_t>(random_.next()) & ~pattern.mask) | pattern.value;
    // Few registers, so that results are used: half the time each of the usual fields is below 8.
    const auto narrow = [&](unsigned low) {
      if (((~pattern.mask >> low) & 31) == 31 && random_.one_in(2)) word &= ~(24u << low);
    };
    narrow(0);
    narrow(5);
    narrow(16);
    cpu::Insn insn;
    if (row.decode(word, insn) && leaves_pointer_alone(row, word)) return word;
  }
  return std::nullopt;
}

void Builder::set_base(unsigned rn, bool aligned) {
  unsigned distance = static_cast<unsigned>(random_.below(256));
  if (aligned || random_.one_in(2)) distance &= ~15u;
  emit(random_.one_in(2) ? add_immediate(rn, kPointer, distance)
                         : sub_immediate(rn, kPointer, distance));
}

bool Builder::add_memory(const Row& row, std::uint32_t word) {
  const unsigned rn = field::rn(word);
  const Operand operand = operand_of(word);
  if (row.access == Access::prefetch) {
    emit(word);
    return true;
  }
  if (operand == Operand::literal) {
    // From the words of this case that are already there. The prologue is one word before them.
    if (case_.word_count < 4) return false;
    const auto back = 4 + random_.below(case_.word_count - 3);
    word = cpu::insert_field(row.pattern, 'i', word, static_cast<std::uint32_t>(-back));
    emit(word);
    return true;
  }
  if (rn == kPointer) return false;
  switch (operand) {
    case Operand::imm12:
      word &= ~(0xfe0u << 10);
      break;  // imm12 < 32
    case Operand::register_offset: {
      const unsigned rm = field::rm(word);
      if (rm == kPointer || rm == rn) return false;
      if (rm != kZr) {
        constexpr unsigned kUxtw = 2;
        const bool is_signed = field::option(word) != kUxtw && random_.one_in(2);
        emit(extract_bits(is_signed, rm, rm, static_cast<unsigned>(random_.below(50)), 6));
      }
      break;
    }
    case Operand::exclusive:
      set_base(rn, true);
      if (is_store_exclusive(word)) {
        if (random_.one_in(3)) {
          emit(kClrex);  // it fails
        } else {
          // It succeeds: the load exclusive that belongs to it (L = 1) into registers that are not
          // its base; Rs and o0 of the load are free.
          const unsigned rt = rn == 9 ? 10 : 9, rt2 = rn == 11 ? 12 : 11;
          emit((word & ~(31u | 31u << 10)) | 1u << 22 | rt2 << 10 | rt);
        }
      }
      emit(word);
      return true;
    default:
      break;
  }
  set_base(rn, false);
  emit(word);
  return true;
}

bool Builder::add_system(const Row& row, std::uint32_t word) {
  constexpr std::uint32_t kRegisterBits = 0x001fffe0;
  // Encodings in place.
  constexpr std::uint32_t kNzcv = 0x001b4200, kFpcr = 0x001b4400, kFpsr = 0x001b4420;
  constexpr std::uint32_t kRegisters[] = {kNzcv, kFpcr, kFpsr};
  if (row.name == "SYS") {  // DC ZVA
    const unsigned rt = field::rt(word);
    if (rt >= 30 || rt == kPointer) return false;
    set_base(rt, false);
    emit(0xd50b7420u | rt);
    return true;
  }
  if (row.name == "MSR" || row.name == "MRS") {
    const std::uint32_t reg = kRegisters[random_.below(3)];
    const unsigned rt = field::rt(word);
    if (row.name == "MSR" && reg != kNzcv) {
      // FPSR<31:28>, FPCR.Stride and FPCR.Len are AArch32's: RES0 here, not on QEMU's cortex-a57.
      if (rt == kPointer || rt == kZr) return false;
      emit(reg == kFpsr ? and_run(rt, 0, 28) : and_run(rt, 22, 5));
    }
    emit((word & ~kRegisterBits) | reg);
    return true;
  }
  if (row.name == "HINT") {
    constexpr cpu::WordField<11, 5> hint;
    if (hint(word) >= 1 && hint(word) <= 5) return false;  // waiting and signalling
  }
  emit(word);
  return true;
}

bool Builder::add_branch(const Row& row, std::uint32_t word) {
  if (row.group == "branch_reg") {
    const unsigned rn = field::rn(word);
    if (rn == kPointer || rn == kZr) return false;
    emit(adr(rn, 8));
    emit(word);
    return true;
  }
  branches_.push_back(case_.word_count);
  emit(word);
  return true;
}

bool Builder::add(const Row& row) {
  const std::optional<std::uint32_t> word = random_word(row);
  constexpr unsigned words_needed = 5;
  if (!word || room() < words_needed) return false;
  const unsigned start = case_.word_count;
  bool added = true;
  if (row.access != Access::none) {
    added = add_memory(row, *word);
  } else if (starts_with(row.group, "branch_")) {
    added = add_branch(row, *word);
  } else if (row.group == "system" || row.group == "system_register" || row.group == "hint") {
    added = add_system(row, *word);
  } else {
    emit(*word);
  }
  if (added) {
    starts_.push_back(start);
  } else {
    case_.word_count = start;
  }
  return added;
}

void Builder::place_branches() {
  for (const unsigned at : branches_) {
    std::vector<unsigned> targets{case_.word_count};
    for (const unsigned start : starts_) {
      if (start > at) targets.push_back(start);
    }
    const unsigned target = targets[random_.below(targets.size())];
    const Row& row = *cpu::find_row(case_.words[at]);
    case_.words[at] = cpu::insert_field(row.pattern, 'i', case_.words[at], target - at);
  }
}

}  // namespace

Generator::Generator(GeneratorOptions options) : options_(std::move(options)) {
  for (const Row* row : cpu::all_rows()) {
    const auto named = [&](const std::string& part) {
      return row->group.find(part) != std::string_view::npos ||
             row->name.find(part) != std::string_view::npos;
    };
    const auto& groups = options_.groups;
    if (!groups.empty() && std::none_of(groups.begin(), groups.end(), named)) continue;
    word_rows_.push_back(row);
    if (testable(*row)) rows_.push_back(row);
  }
}

namespace {

IsaCase random_state(Random& random) {
  IsaCase result{};
  result.memory_seed = random.next();
  for (std::uint64_t& x : result.in.x) x = interesting_integer(random);
  for (std::uint64_t& v : result.in.v) v = interesting_vector_half(random);
  result.in.x[kPointer] = ISA_POINTER;
  result.in.sp = ISA_POINTER;
  result.in.nzcv = random.below(16) << 28;
  // AHP, DN, FZ, RMode; half of the cases have the defaults.
  result.in.fpcr = random.one_in(2) ? 0 : random.below(32) << 22;
  result.in.fpsr = random.one_in(2) ? 0 : random.next() & 0x0800009f;
  return result;
}

}  // namespace

IsaCase Generator::make(std::uint64_t seed, std::uint64_t index, unsigned& instructions) const {
  Random random(seed * 0x2545f4914f6cdd1dull + index);
  IsaCase result = random_state(random);
  Builder builder(random, result);
  instructions = 0;
  const unsigned length = 1 + static_cast<unsigned>(random.below(2 * options_.length));
  for (unsigned attempt = 0; attempt < 4 * length && instructions < length; ++attempt) {
    if (builder.add(*rows_[random.below(rows_.size())])) ++instructions;
  }
  builder.place_branches();
  return result;
}

std::optional<IsaCase> Generator::make_single(const Row& row, Random& random) const {
  IsaCase result = random_state(random);
  Builder builder(random, result);
  constexpr unsigned attempts = 20;
  for (unsigned attempt = 0; attempt < attempts; ++attempt) {
    if (!builder.add(row)) continue;
    builder.place_branches();
    return result;
  }
  return std::nullopt;
}

std::uint32_t Generator::make_word(Random& random) const {
  for (;;) {
    auto word = static_cast<std::uint32_t>(random.next());
    if (!random.one_in(8)) {
      const BitPattern pattern =
          cpu::compile_pattern(word_rows_[random.below(word_rows_.size())]->pattern);
      word = (word & ~pattern.mask) | pattern.value;
      for (auto flips = random.below(4); flips > 0; --flips) word ^= 1u << random.below(32);
    }
    if (leaves_the_program(word)) continue;
    const Row* row = cpu::find_row(word);
    if (row != nullptr && (starts_with(row->group, "branch_") || row->access != Access::none)) {
      // Allocated branches and memory accesses run in sequences; here they would run wild. Only
      // what their decode refuses is tried.
      cpu::Insn insn;
      if (row->decode(word, insn)) continue;
    }
    return word;
  }
}

}  // namespace armature::isa
