# Bare metal AArch64 with Debian's cross compiler.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_ASM_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# -mno-outline-atomics: the helpers for LSE want a C library. -mstrict-align: code also runs with
# the MMU off, where every access is Device.
set(bare "-march=armv8-a -mgeneral-regs-only -mno-outline-atomics -mstrict-align -ffreestanding \
-fno-builtin -fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables")
set(CMAKE_C_FLAGS_INIT "${bare}")
set(CMAKE_CXX_FLAGS_INIT "${bare} -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit")
set(CMAKE_ASM_FLAGS_INIT "-march=armv8-a")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostdlib -static -no-pie -Wl,--build-id=none,-z,max-page-size=4096,-z,noexecstack")
