// Lab 8: caches, and the page that was not cleaned.
#include "page.h"

void hand_over(void* page) {
  DC(cvac, page);  // one line is clean now. And the others?
  DSB_SY();
}

void take_back(void* page) { (void)page; }

void scrub(void* page) {
  memset(page, 0, PAGE_BYTES);
  DSB_SY();
}
