// A list of 256 nodes, 16 KB: every load hits L1D and waits for the one before.
#define NODES 256
#define CORES_MAX_LIST 16
#include "list.h"
