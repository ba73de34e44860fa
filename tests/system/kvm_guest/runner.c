// A virtual machine monitor for one Linux guest under KVM: RAM, a GICv3 in the kernel, a PL011.
// usage: runner VCPUS KERNEL INITRD TREE
// Ends with 0 when the guest powers off. Everything it needs of the host kernel is KVM itself.
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
  kRam = 0x40000000,
  kRamBytes = 0x0c000000,
  kKernel = kRam + 0x200000,
  kInitrd = kRam + 0x08000000,
  kTree = kRam + 0x0b000000,
  kUart = 0x09000000,
  kUartIntid = 33,
  kDistributor = 0x08000000,
  kRedistributors = 0x080a0000,
  kVcpusMax = 4,
};

static int vm;
static struct kvm_vcpu_init target;
static int vcpus[kVcpusMax];
static size_t run_bytes;  // of the page that a vCPU shares with us

static int control(int file, unsigned long request, const void* argument, const char* what) {
  const int result = ioctl(file, request, argument);
  if (result < 0) {
    perror(what);
    exit(1);
  }
  return result;
}

static void load(char* ram, uint64_t address, const char* path) {
  const int file = open(path, O_RDONLY);
  if (file < 0) {
    perror(path);
    exit(1);
  }
  char* to = ram + (address - kRam);
  for (ssize_t got; (got = read(file, to, 1 << 20)) > 0;) to += got;
  close(file);
}

// ---- the UART: what is written is sent at once, nothing is received

static uint32_t uart_mask, uart_raw;
static pthread_mutex_t uart_lock = PTHREAD_MUTEX_INITIALIZER;

static void uart_interrupt(void) {
  const struct kvm_irq_level line = {.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | kUartIntid,
                                     .level = (uart_raw & uart_mask) != 0};
  control(vm, KVM_IRQ_LINE, &line, "KVM_IRQ_LINE");
}

static uint32_t uart_read(uint32_t offset) {
  static const uint8_t kIds[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
  if (offset >= 0xfe0) return kIds[(offset - 0xfe0) / 4];
  switch (offset) {
    case 0x18: return 0x90;  // FR: transmit and receive FIFOs empty
    case 0x38: return uart_mask;
    case 0x3c: return uart_raw;
    case 0x40: return uart_raw & uart_mask;
    default: return 0;
  }
}

static void uart_write(uint32_t offset, uint32_t value) {
  if (offset == 0x00) {
    const char c = (char)value;
    if (write(1, &c, 1) != 1) exit(1);
    uart_raw |= 0x20;
  } else if (offset == 0x38) {
    uart_mask = value;
  } else if (offset == 0x44) {
    uart_raw &= ~value;
  } else {
    return;
  }
  uart_interrupt();
}

static void mmio(struct kvm_run* run) {
  const uint64_t offset = run->mmio.phys_addr - kUart;
  if (offset >= 0x1000) {
    fprintf(stderr, "runner: the guest touched %llx\n", run->mmio.phys_addr);
    exit(1);
  }
  pthread_mutex_lock(&uart_lock);
  uint32_t value = 0;
  if (run->mmio.is_write) {
    memcpy(&value, run->mmio.data, run->mmio.len < 4 ? run->mmio.len : 4);
    uart_write((uint32_t)offset, value);
  } else {
    value = uart_read((uint32_t)offset);
    memset(run->mmio.data, 0, sizeof(run->mmio.data));
    memcpy(run->mmio.data, &value, 4);
  }
  pthread_mutex_unlock(&uart_lock);
}

// ---- vCPUs

static void set_register(int vcpu, uint64_t offset, uint64_t value) {
  const struct kvm_one_reg reg = {.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset / 4,
                                  .addr = (uint64_t)(uintptr_t)&value};
  control(vcpu, KVM_SET_ONE_REG, &reg, "KVM_SET_ONE_REG");
}

static void make_vcpu(unsigned number) {
  vcpus[number] = control(vm, KVM_CREATE_VCPU, (void*)(uintptr_t)number, "KVM_CREATE_VCPU");
  struct kvm_vcpu_init init = target;
  init.features[0] = 1u << KVM_ARM_VCPU_PSCI_0_2 | (number != 0 ? 1u << KVM_ARM_VCPU_POWER_OFF : 0u);
  control(vcpus[number], KVM_ARM_VCPU_INIT, &init, "KVM_ARM_VCPU_INIT");
}

static void* run_vcpu(void* argument) {
  const int vcpu = vcpus[(uintptr_t)argument];
  struct kvm_run* run = mmap(NULL, run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (run == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }
  for (;;) {
    control(vcpu, KVM_RUN, NULL, "KVM_RUN");
    if (run->exit_reason == KVM_EXIT_MMIO) {
      mmio(run);
    } else if (run->exit_reason == KVM_EXIT_SYSTEM_EVENT &&
               run->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN) {
      printf("runner: the guest powered off\n");
      exit(0);
    } else if (run->exit_reason != KVM_EXIT_INTR) {
      fprintf(stderr, "runner: exit reason %u\n", run->exit_reason);
      exit(1);
    }
  }
}

static void make_gic(void) {
  struct kvm_create_device device = {.type = KVM_DEV_TYPE_ARM_VGIC_V3};
  control(vm, KVM_CREATE_DEVICE, &device, "KVM_CREATE_DEVICE");
  const uint64_t places[2] = {kDistributor, kRedistributors};
  const uint64_t types[2] = {KVM_VGIC_V3_ADDR_TYPE_DIST, KVM_VGIC_V3_ADDR_TYPE_REDIST};
  for (unsigned n = 0; n < 2; ++n) {
    const struct kvm_device_attr place = {
        .group = KVM_DEV_ARM_VGIC_GRP_ADDR, .attr = types[n], .addr = (uint64_t)(uintptr_t)&places[n]};
    control((int)device.fd, KVM_SET_DEVICE_ATTR, &place, "vGIC address");
  }
  const struct kvm_device_attr init = {.group = KVM_DEV_ARM_VGIC_GRP_CTRL,
                                       .attr = KVM_DEV_ARM_VGIC_CTRL_INIT};
  control((int)device.fd, KVM_SET_DEVICE_ATTR, &init, "vGIC init");
}

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const unsigned cores = (unsigned)atoi(arguments[1]);
  if (cores < 1 || cores > kVcpusMax) return 2;
  const int kvm = open("/dev/kvm", O_RDWR);
  if (kvm < 0) {
    perror("/dev/kvm");
    return 1;
  }
  vm = control(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
  run_bytes = (size_t)control(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");
  char* ram = mmap(NULL, kRamBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const struct kvm_userspace_memory_region region = {.guest_phys_addr = kRam,
                                                     .memory_size = kRamBytes,
                                                     .userspace_addr = (uint64_t)(uintptr_t)ram};
  control(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
  load(ram, kKernel, arguments[2]);
  load(ram, kInitrd, arguments[3]);
  load(ram, kTree, arguments[4]);
  control(vm, KVM_ARM_PREFERRED_TARGET, &target, "KVM_ARM_PREFERRED_TARGET");
  for (unsigned n = 0; n < cores; ++n) make_vcpu(n);
  make_gic();
  set_register(vcpus[0], offsetof(struct kvm_regs, regs.regs[0]), kTree);
  set_register(vcpus[0], offsetof(struct kvm_regs, regs.pc), kKernel);
  for (unsigned n = 1; n < cores; ++n) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_vcpu, (void*)(uintptr_t)n) != 0) return 1;
  }
  run_vcpu((void*)0);
}
