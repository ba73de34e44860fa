/* The guest of the differential test: runs one instruction on many states under qemu-aarch64. */
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exchange.h"

void fp_run(FpState* state, const void* code); /* guest_entry.S */

static sigjmp_buf undefined_instruction;
static FpState states[FP_STATES_MAX];

static void on_sigill(int signal) {
  (void)signal;
  siglongjmp(undefined_instruction, 1);
}

static int transfer(int descriptor, void* data, size_t bytes) {
  char* at = data;
  while (bytes != 0) {
    const ssize_t done = descriptor == 0 ? read(0, at, bytes) : write(1, at, bytes);
    if (done <= 0) return 0;
    at += done;
    bytes -= (size_t)done;
  }
  return 1;
}

int main(void) {
  uint32_t* code =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) return 2;
  signal(SIGILL, on_sigill);
  FpBatch batch;
  while (transfer(0, &batch, sizeof batch)) {
    if (batch.count > FP_STATES_MAX || !transfer(0, states, batch.count * sizeof *states)) return 3;
    code[0] = batch.word;
    code[1] = 0xd61f03c0u; /* br x30 */
    __builtin___clear_cache((char*)code, (char*)(code + 2));
    for (volatile uint32_t n = 0; n < batch.count; n = n + 1) {
      if (sigsetjmp(undefined_instruction, 1) == 0) {
        fp_run(&states[n], code);
      } else {
        states[n].undefined = 1;
      }
    }
    if (!transfer(1, states, batch.count * sizeof *states)) return 4;
  }
  return 0;
}
