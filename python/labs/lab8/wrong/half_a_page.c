#include "page.h"

void hand_over(void* page) {
  for (u64 at = 0; at < PAGE_BYTES/2; at += LINE_BYTES) DC(cvac, (u64)page + at);
  DSB_SY();
}

void take_back(void* page) {
  for (u64 at = 0; at < PAGE_BYTES/2; at += LINE_BYTES) DC(ivac, (u64)page + at);
  DSB_SY();
}

void scrub(void* page) {
  memset(page, 0, PAGE_BYTES);
  for (u64 at = 0; at < PAGE_BYTES/2; at += LINE_BYTES) DC(civac, (u64)page + at);
  DSB_SY();
}
