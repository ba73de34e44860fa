// GICv3, Group 1 interrupts for the current Exception level.
#pragma once

#include "support/test.h"

enum { kHypTimer = 26, kVirtualTimer = 27, kPhysicalTimer = 30 };

void gic_start(void);                    // once per core
void gic_enable(unsigned interrupt);     // SGI or PPI of this core
void gic_disable(unsigned interrupt);
unsigned gic_acknowledge(void);          // INTID, 1023 when there is none
void gic_end(unsigned interrupt);
void gic_send_sgi(unsigned interrupt, unsigned core);
