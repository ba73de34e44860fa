// A list of 8192 nodes, 512 KB, in random order: every load misses L1D, most miss the micro-TLB.
#define NODES 8192
#define CORES_MAX_LIST 1
#include "list.h"
