// The checkers of one machine: makes them by name, puts them on the bus, gathers their verdicts in
// the order in which they were reached, and publishes each as a `violation` event.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/check/checker.h"
#include "sim/check/manifest_watch.h"

namespace armature::check {

struct CheckerDescription {
  std::string_view name;
  std::string_view meaning;
  std::function<std::unique_ptr<Checker>(const Scene&)> make;
};
// The checkers of the architecture, in the order of their names in messages.
const std::vector<CheckerDescription>& architecture_checkers();

class CheckerSet {
 public:
  CheckerSet(Scene scene, EventBus& events);
  ~CheckerSet();
  CheckerSet(const CheckerSet&) = delete;
  CheckerSet& operator=(const CheckerSet&) = delete;

  // `list`: names of `known`, comma-separated; `all`; `guest` also judges tables that the manifest
  // does not name. Throws UserError naming what is allowed.
  void add(std::string_view list, const std::vector<CheckerDescription>& known);
  void add(std::unique_ptr<Checker> checker);

  const std::vector<Verdict>& verdicts() const { return verdicts_; }
  const Verdict* first_violation() const;
  const Scene& scene() const { return scene_; }
  const std::vector<std::unique_ptr<Checker>>& checkers() const { return checkers_; }

 private:
  Scene scene_;
  EventBus& events_;
  std::unique_ptr<ManifestWatch> watch_;
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::vector<Verdict> verdicts_;
  std::size_t first_violation_ = ~std::size_t{0};
};

// The story of a verdict as text, a line an event; ends with a newline.
std::string verdict_text(const Verdict& verdict);

}  // namespace armature::check
