#include "platform/cli/planted_bugs.h"

#include <fmt/format.h>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <list>

#include "platform/cli/checks.h"
#include "platform/cli/disassembler.h"
#include "platform/machine/machine.h"
#include "sim/base/user_error.h"
#include "sim/config/schema.h"

namespace armature::platform {
namespace {

// What KCore is put under: VMs under KServ, attacks of a hostile KServ on a VM, or a bare-metal kernel in
// KServ's place. None needs more than kInstructions before the fault that it is for shows: boot and
// verification take two million of them, and half a million for each more VM that is verified.
struct Workload {
  std::string_view kernel;  // with a '/': among the programs
  std::string_view append;
  std::array<std::string_view, 2> guests;
  StopReason end = StopReason::powered_off;  // with an honest KCore
  // Goes on after a violation: the fault is found long before anybody makes use of it.
  bool is_whole = false;
};
constexpr std::uint64_t kInstructions = 5'000'000;
constexpr std::uint64_t kInstructionsOfAll = 40'000'000;  // of a run that ends by itself
// After the first violation, for other checkers to speak up.
constexpr std::uint64_t kInstructionsAfter = 200'000;

constexpr std::string_view kTour = "tour.guest,vcpus=3,memory=4M";
constexpr std::string_view kVictim = "glimpse.guest,vcpus=2,memory=8M";
constexpr Workload kTouring{"kserv.img", "kserv.ring=on", {kTour, ""}};
constexpr Workload kTwoVms{
    "kserv.img", "", {"hello.guest,vcpus=1,memory=4M", "hello.guest,vcpus=1,memory=4M"}};
constexpr Workload kReadingKCore{
    "/a_kernel_that_reads_kcore_halts_the_machine.img", "", {}, StopReason::nothing_can_happen};
constexpr Workload attack(std::string_view names) {
  return {"kserv-hostile.img", names, {kVictim, ""}};
}
// KServ warms a translation on both cores, gives the page away and reads on.
constexpr Workload kReadingOn{
    "kserv-hostile.img", "attack=stale-alias", {kVictim, ""}, StopReason::nothing_can_happen, true};

struct Choice {
  std::string_view bug;
  Workload workload;
};
constexpr Choice kChoices[] = {
    {"tlbi_before_unmap", kReadingOn},
    {"no_dsb_before_tlbi", kReadingOn},
    {"no_tlbi", kReadingOn},
    {"local_tlbi", kReadingOn},
    {"only_ipas2", kReadingOn},
    {"stage1_first", kReadingOn},
    {"one_vmid_for_all", kTwoVms},
    {"kcore_page_for_kserv", kReadingKCore},
    {"reclaim_while_running", attack("attack=clear-running-vm")},
    {"import_over_others", attack("attack=import-over-pages-of-others")},
    {"page_given_twice", attack("attack=offers-of-others,give-twice")},
    {"first_page_only", attack("attack=give-run-into-kcore")},
    {"vcpu_on_two_cores", attack("attack=one-vcpu-on-two-cores")},
    {"owner_before_tlbi", kReadingOn},
};
// An honest KCore goes through all of them, a seed each.
constexpr Workload kOfNone[] = {
    kTouring, kTwoVms,
    attack("attack=clear-running-vm,offers-of-others,give-twice,give-run-into-kcore,"
           "import-over-pages-of-others,one-vcpu-on-two-cores"),
    kReadingOn, kReadingKCore};

const Workload& workload_of(std::string_view bug, std::uint64_t seed) {
  if (bug == "none") return kOfNone[(seed - 1) % std::size(kOfNone)];
  for (const Choice& choice : kChoices) {
    if (choice.bug == bug) return choice.workload;
  }
  return kTouring;
}

RunConfig configuration(const BugImages& images, const Hunt& hunt, std::uint64_t seed) {
  const Workload& workload = workload_of(hunt.bug, seed);
  RunConfig config;
  config.firmware = fmt::format("{}/planted/kcore-{}.elf", images.hyp, hunt.bug);
  config.el = 2;
  config.smp = 2;
  config.memory = 64ull << 20;
  config.seed = seed;
  // Another interleaving for each seed.
  config.quantum = 200 + seed * 277 % 1800;
  config.check = "all";
  find_option("tlb")->set(config, hunt.mode);
  config.max_instructions = hunt.bug == "none" ? kInstructionsOfAll : kInstructions;
  const bool is_program = workload.kernel.front() == '/';
  config.kernel = (is_program ? images.programs : images.hyp + "/") + std::string(workload.kernel);
  config.append = workload.append;
  for (const std::string_view guest : workload.guests) {
    if (!guest.empty())
      config.vms.push_back(parse_vm(fmt::format("guest={}/{}", images.hyp, guest)));
  }
  return config;
}

// KCore's own addresses are physical ones; those of lower levels are not followed.
std::string instruction_at(Machine& machine, const check::Verdict& verdict) {
  if (verdict.el < 2) return "code of EL" + std::to_string(verdict.el);
  const std::uint64_t pc = verdict.pc;
  const std::uint8_t* host = machine.memory.host({pc & ~3ull});
  if (host == nullptr) return "";
  std::uint32_t word = 0;
  std::memcpy(&word, host, sizeof word);
  return Disassembler().text(word, {pc});
}

std::string_view name_of(StopReason reason) {
  switch (reason) {
    case StopReason::powered_off:
      return "powered off";
    case StopReason::nothing_can_happen:
      return "every core sleeps";
    case StopReason::instruction_limit:
      return "instruction limit";
    default:
      return "stopped";
  }
}

// ---- in the child

// A line for each rule that was broken, or how the run ended otherwise; whether there was a violation.
bool run_here(const RunConfig& config, const Workload& workload, std::string& out) {
  Machine machine(config);
  Checks checks(machine);
  StopReason reason = StopReason::running;
  std::uint64_t last = ~0ull;
  while (reason == StopReason::running && machine.instructions() < last) {
    reason = machine.run_window();
    if (last == ~0ull && !workload.is_whole && checks.found_violation())
      last = machine.instructions() + kInstructionsAfter;
  }
  std::array<bool, check::kRules> seen{};
  for (const check::Verdict& verdict : checks.set()->verdicts()) {
    if (verdict.severity != check::Severity::violation) continue;
    if (std::exchange(seen[static_cast<unsigned>(verdict.rule)], true)) continue;
    out += fmt::format("caught\t{}\t{}\t{}\t{}\t{}\n", static_cast<unsigned>(verdict.rule),
                       verdict.core, verdict.pc, instruction_at(machine, verdict), verdict.what);
  }
  if (checks.found_violation()) return true;
  if (reason != workload.end) {
    out += fmt::format("complaint\tseed {}: {}, not {}\n", config.seed, name_of(reason),
                       name_of(workload.end));
  }
  return false;
}

std::string hunt_here(const BugImages& images, const Hunt& hunt) {
  std::string out;
  try {
    for (unsigned seed = 1; seed <= hunt.seeds; ++seed) {
      const RunConfig config = configuration(images, hunt, seed);
      std::string found;
      const bool killed = run_here(config, workload_of(hunt.bug, seed), found);
      // How a faulty image ends that nobody catches is no matter.
      if (killed || hunt.bug == "none") out += found;
      if (killed && hunt.bug != "none") return out + fmt::format("seed\t{}\n", seed);
    }
  } catch (const std::exception& error) {
    out += fmt::format("complaint\t{}\n", error.what());
  }
  return out;
}

// ---- in the parent

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::uint64_t number(std::string_view text) { return std::stoull(std::string(text)); }

Quarry read_quarry(const std::string& text) {
  Quarry quarry;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split(line, '\t');
    if (words[0] == "seed") quarry.seed = static_cast<unsigned>(number(words[1]));
    if (words[0] == "complaint") quarry.complaints.emplace_back(words[1]);
    if (words[0] != "caught" || words.size() != 6) continue;
    quarry.caught.emplace(
        static_cast<check::Rule>(number(words[1])),
        Quarry::Catch{std::string(words[5]), static_cast<unsigned>(number(words[2])),
                      number(words[3]), std::string(words[4])});
  }
  return quarry;
}

class Child {
 public:
  Child(const BugImages& images, const Hunt& hunt) : start_(Clock::now()) {
    int ends[2];
    if (pipe(ends) != 0) throw UserError("bugs: no pipe");
    pid_ = fork();
    if (pid_ < 0) throw UserError("bugs: no process");
    if (pid_ == 0) {
      close(ends[0]);
      const std::string text = hunt_here(images, hunt);
      for (std::size_t done = 0; done < text.size();) {
        const ssize_t count = write(ends[1], text.data() + done, text.size() - done);
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
      }
      _exit(0);
    }
    close(ends[1]);
    from_ = ends[0];
  }
  bool is_done() const { return from_ < 0; }
  pollfd wish() const { return {from_, POLLIN, 0}; }
  // There is something to read, or the end.
  void read_some() {
    char buffer[4096];
    const ssize_t count = read(from_, buffer, sizeof buffer);
    if (count > 0) {
      text_.append(buffer, static_cast<std::size_t>(count));
      return;
    }
    close(from_);
    from_ = -1;
    int status = 0;
    waitpid(pid_, &status, 0);
    if (!WIFEXITED(status)) text_ += fmt::format("complaint\tsignal {}\n", WTERMSIG(status));
    seconds_ = std::chrono::duration<double>(Clock::now() - start_).count();
  }
  Quarry quarry() const {
    Quarry quarry = read_quarry(text_);
    quarry.seconds = seconds_;
    return quarry;
  }

 private:
  using Clock = std::chrono::steady_clock;
  pid_t pid_ = -1;
  int from_ = -1;
  std::string text_;
  Clock::time_point start_;
  double seconds_ = 0;
};

}  // namespace

const std::vector<PlantedBug>& planted_bugs() {
  static const std::vector<PlantedBug> bugs{
#define PLANTED_BUG(number, name, meaning) {number, #name, meaning},
#include "hyp/abi/planted_bugs.def"
#undef PLANTED_BUG
  };
  return bugs;
}

const std::vector<UncaughtBug>& uncaught_bugs() {
  static const std::vector<UncaughtBug> bugs{
#define PLANTED_BUG(number, name, meaning)
#define NOT_YET_CAUGHT(number, meaning, why) {number, meaning, why},
#include "hyp/abi/planted_bugs.def"
#undef PLANTED_BUG
  };
  return bugs;
}

void go_hunting(const BugImages& images, unsigned jobs, const std::vector<Hunt>& hunts,
                const std::function<void(const Hunt&, const Quarry&)>& tell) {
  std::list<Child> children;  // those not told of, in the order of `hunts`
  std::size_t started = 0;
  std::size_t told = 0;
  while (told < hunts.size()) {
    auto busy = static_cast<unsigned>(std::count_if(children.begin(), children.end(),
                                                    [](const Child& c) { return !c.is_done(); }));
    for (; busy < std::max(jobs, 1u) && started < hunts.size(); ++busy) {
      children.emplace_back(images, hunts[started++]);
    }
    std::vector<pollfd> wishes;
    for (const Child& child : children) wishes.push_back(child.wish());
    poll(wishes.data(), wishes.size(), -1);
    std::size_t n = 0;
    for (Child& child : children) {
      if (!child.is_done() && wishes[n].revents != 0) child.read_some();
      ++n;
    }
    while (!children.empty() && children.front().is_done()) {
      tell(hunts[told++], children.front().quarry());
      children.pop_front();
    }
  }
}

}  // namespace armature::platform
