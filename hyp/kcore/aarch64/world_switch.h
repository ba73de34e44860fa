// Parts of the world switch that exception.cc uses too.
#pragma once

#include "hyp/kcore/core/shadow_context.h"

extern "C" {
void kcore_save_simd(armature::kcore::FloatingPoint* to);
void kcore_load_simd(const armature::kcore::FloatingPoint* from);
}

namespace armature::kcore::aarch64 {

// HCR_EL2, and with it the other trap registers, while KServ runs: its EL1 is a machine of its own
// but for stage 2, PSCI, and errors.
void load_kserv_traps();

// KCore's own code uses no SIMD register, but libsodium does: around calls that may need it.
class KeepSimd {
 public:
  KeepSimd() { kcore_save_simd(&kept_); }
  ~KeepSimd() { kcore_load_simd(&kept_); }
  KeepSimd(const KeepSimd&) = delete;
  KeepSimd& operator=(const KeepSimd&) = delete;

 private:
  FloatingPoint kept_;
};

}  // namespace armature::kcore::aarch64
