// A guest that says which keys come: it drives the virtio keyboard (virtio 1.1, 4.2 MMIO, 5.8 input) and
// prints `key CODE VALUE` for each; Q ends it. EL1, MMU off; tests/system/window.py runs it in a window.
#include <stdint.h>

typedef uint32_t u32;
typedef volatile uint32_t reg32;

#define UART (*(reg32*)0x09000000)
#define SLOT(n) (0x0a000000ul + (n) * 0x200)
#define AT(base, offset) (*(reg32*)((base) + (offset)))
enum { MAGIC = 0x000, DEVICE = 0x008, FEATURES = 0x020, FEATURES_SELECT = 0x024, QUEUE_SELECT = 0x030, QUEUE_SIZE = 0x038,
       QUEUE_READY = 0x044, NOTIFY = 0x050, STATUS = 0x070, TABLE = 0x080, AVAILABLE = 0x090, USED = 0x0a0 };
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, INPUT = 18, BUFFERS = 16, KEY_Q = 16, EV_KEY = 1 };

struct event { uint16_t type, code; u32 value; };
static volatile struct event events[BUFFERS];
static volatile struct { uint64_t address; u32 bytes; uint16_t flags, next; } table[BUFFERS] __attribute__((aligned(16)));
static volatile struct { uint16_t flags, index, ring[BUFFERS]; } available __attribute__((aligned(4)));
static volatile struct { uint16_t flags, index; struct { u32 id, bytes; } ring[BUFFERS]; } used __attribute__((aligned(4)));

static void put(const char* text) {
  while (*text) UART = (u32)*text++;
}

static void put_number(u32 value) {
  if (value >= 10) put_number(value / 10);
  UART = '0' + value % 10;
}

static void address(unsigned long base, unsigned offset, volatile void* what) {
  AT(base, offset) = (u32)(unsigned long)what;
  AT(base, offset + 4) = (u32)((unsigned long)what >> 32);
}

static unsigned long find_keyboard(void) {
  for (unsigned n = 0; n < 32; ++n) {
    if (AT(SLOT(n), MAGIC) == 0x74726976 && AT(SLOT(n), DEVICE) == INPUT) return SLOT(n);
  }
  return 0;
}

static void start_keyboard(unsigned long base) {
  AT(base, STATUS) = 0;
  AT(base, STATUS) = ACKNOWLEDGE | DRIVER;
  AT(base, FEATURES_SELECT) = 1;
  AT(base, FEATURES) = 1;  // VIRTIO_F_VERSION_1
  AT(base, STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK;
  AT(base, QUEUE_SELECT) = 0;
  AT(base, QUEUE_SIZE) = BUFFERS;
  address(base, TABLE, table);
  address(base, AVAILABLE, &available);
  address(base, USED, &used);
  for (unsigned n = 0; n < BUFFERS; ++n) {
    table[n].address = (uint64_t)(unsigned long)&events[n];
    table[n].bytes = sizeof events[n];
    table[n].flags = 2;  // the device writes
    available.ring[n] = (uint16_t)n;
  }
  available.index = BUFFERS;
  AT(base, QUEUE_READY) = 1;
  AT(base, STATUS) = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
  AT(base, NOTIFY) = 0;
}

static void power_off(void) {
  register uint64_t x0 __asm__("x0") = 0x84000008;
  __asm__ volatile("hvc #0" : "+r"(x0));
}

void guest_main(void) {
  const unsigned long keyboard = find_keyboard();
  if (keyboard == 0) {
    put("no keyboard\n");
    power_off();
  }
  start_keyboard(keyboard);
  put("ready\n");
  for (uint16_t seen = 0;;) {
    while (used.index == seen) __asm__ volatile("yield");
    const u32 buffer = used.ring[seen++ % BUFFERS].id;
    const volatile struct event* event = &events[buffer];
    if (event->type == EV_KEY) {
      put("key ");
      put_number(event->code);
      put(event->value ? " down\n" : " up\n");
      if (event->code == KEY_Q && !event->value) power_off();
    }
    available.ring[available.index % BUFFERS] = (uint16_t)buffer;
    __asm__ volatile("dmb ish" ::: "memory");
    available.index = (uint16_t)(available.index + 1);
    AT(keyboard, NOTIFY) = 0;
  }
}

__asm__(
    ".section .text.start, \"ax\"\n"
    ".global start\n"
    "start: adrp x0, stack_top\n"
    "add sp, x0, :lo12:stack_top\n"
    "b guest_main\n"
    ".section .data\n"
    ".balign 16\n"
    ".space 4096\n"
    "stack_top:\n");
