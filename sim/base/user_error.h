// The user's mistakes: a bad file, flag or value. The command prints what() as one line, exit 2.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace armature {

// One line that names the file or key, what is wrong and what was expected.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The candidate with the smallest edit distance to `word`, or "" when none is within 3 edits.
std::string_view nearest_match(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace armature
