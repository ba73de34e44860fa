#include "sim/check/checker.h"

#include <utility>

#include "sim/base/assert.h"

namespace armature::check {

void Checker::report(Rule rule, Severity severity, std::uint64_t object, std::string what,
                     std::vector<Event> proof) {
  ARMATURE_ASSERT(!proof.empty());
  if (severity == Severity::note && ++notes_ > kNotesMax) return;
  const Event& judged = proof.back();
  Verdict verdict;
  verdict.rule = rule;
  verdict.severity = severity;
  verdict.what = std::move(what);
  verdict.object = object;
  verdict.core = judged.core;
  verdict.el = judged.el;
  verdict.pc = judged.pc;
  verdict.cycle = judged.cycle;
  verdict.sequence = judged.sequence;
  verdict.proof = std::move(proof);
  verdicts_.push_back(verdict);
  if (sink_) sink_(verdicts_.back());
}

}  // namespace armature::check
