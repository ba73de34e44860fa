// Makes the checkers of the architecture, one by one; what each judges is at its class.
#pragma once

#include <memory>

#include "sim/check/checker.h"

namespace armature::check {

std::unique_ptr<Checker> make_write_once_checker(const Scene& scene);
std::unique_ptr<Checker> make_duplicate_vmid_checker(const Scene& scene);
std::unique_ptr<Checker> make_vcpu_exclusive_checker(const Scene& scene);
std::unique_ptr<Checker> make_vcpu_migration_checker(const Scene& scene);
std::unique_ptr<Checker> make_page_lines_checker(const Scene& scene);
std::unique_ptr<Checker> make_instruction_side_checker(const Scene& scene);
std::unique_ptr<Checker> make_lockset_checker(const Scene& scene);
std::unique_ptr<Checker> make_lock_order_checker(const Scene& scene);
std::unique_ptr<Checker> make_double_fetch_checker(const Scene& scene);

}  // namespace armature::check
