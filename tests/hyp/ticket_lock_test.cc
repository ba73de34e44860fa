#include "hyp/kcore/ticket_lock.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

namespace armature::kcore {
namespace {

std::uint32_t word_at(const TicketLock& lock, unsigned offset) {
  std::uint32_t word = 0;
  std::memcpy(&word, reinterpret_cast<const char*>(&lock) + offset, sizeof(word));
  return word;
}

TEST(TicketLock, LetsOneThreadInAtATime) {
  TicketLock lock;
  unsigned guarded = 0;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (unsigned n = 0; n < 5000; ++n) {
        LockGuard guard(lock);
        ++guarded;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(guarded, 20000u);
}

TEST(TicketLock, KeepsItsWordsWhereTheManifestSays) {
  TicketLock lock;
  lock.acquire();
  EXPECT_EQ(word_at(lock, TicketLock::kNextOffset), 1u);
  EXPECT_EQ(word_at(lock, TicketLock::kServingOffset), 0u);
  lock.release();
  EXPECT_EQ(word_at(lock, TicketLock::kServingOffset), 1u);
}

TEST(TicketLock, SurvivesTheWrapAroundOfItsTickets) {
  TicketLock lock;
  const std::uint32_t last = ~0u;
  std::memcpy(reinterpret_cast<char*>(&lock) + TicketLock::kNextOffset, &last, sizeof(last));
  std::memcpy(reinterpret_cast<char*>(&lock) + TicketLock::kServingOffset, &last, sizeof(last));
  lock.acquire();
  lock.release();
  lock.acquire();
  lock.release();
  EXPECT_EQ(word_at(lock, TicketLock::kServingOffset), 1u);
}

}  // namespace
}  // namespace armature::kcore
