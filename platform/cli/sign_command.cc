#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <string>

#include "platform/boot/manifest_key.h"
#include "platform/boot/vm_package.h"
#include "platform/cli/commands.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

struct SignArguments {
  std::string vm, key, output, verify, public_key;
};
SignArguments g_arguments;  // what CLI11's callbacks fill; used by this command only

int make() {
  VmConfig vm = parse_vm(g_arguments.vm);
  if (!g_arguments.key.empty()) set_vm_key(vm, "key", g_arguments.key);
  validate(vm);
  if (!vm.manifest.empty()) throw UserError("sign: manifest= is what this command makes");
  if (g_arguments.output.empty()) throw UserError("sign: give --output FILE");
  const VmPackage package = make_vm_package(vm);
  std::ofstream file(g_arguments.output, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(&package.manifest), sizeof(package.manifest));
  file.close();
  if (!file) throw UserError(fmt::format("{}: cannot be written", g_arguments.output));
  fmt::print("{}", describe_manifest(package.manifest.body));
  return 0;
}

int verify() {
  const abi::SignedManifest manifest = read_manifest(g_arguments.verify);
  const PublicKey key = g_arguments.public_key.empty() ? test_key().public_key
                                                       : read_public_key(g_arguments.public_key);
  fmt::print("{}", describe_manifest(manifest.body));
  const bool is_good = is_signed_by(manifest, key);
  fmt::print("signature: {}\n", is_good ? "good" : "BAD");
  return is_good ? 0 : 1;
}

int run() {
  if (g_arguments.vm.empty() == g_arguments.verify.empty()) {
    throw UserError("sign: give either --vm KEY=VALUE,... or --verify FILE");
  }
  return g_arguments.vm.empty() ? verify() : make();
}

}  // namespace

Command add_sign_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("sign", "sign the manifest of a VM, or verify one");
  command->add_option("--vm", g_arguments.vm, "the VM, with the keys of `armature run --vm`")
      ->type_name("KEY=VALUE,...");
  command
      ->add_option("--key", g_arguments.key,
                   "Ed25519 private key: 32 bytes, PEM or DER (default: the test key)")
      ->type_name("FILE");
  command->add_option("-o,--output", g_arguments.output, "the signed manifest")->type_name("FILE");
  command
      ->add_option("--verify", g_arguments.verify,
                   "print this manifest; the exit code is 1 when its signature is bad")
      ->type_name("FILE");
  command
      ->add_option("--public-key", g_arguments.public_key,
                   "with --verify: 32 bytes, PEM or DER (default: the test key)")
      ->type_name("FILE");
  command->footer(
      fmt::format("The first {0} bytes of a manifest are signed, the last {1} are the signature: "
                  "any Ed25519 tool will do.\n"
                  "Examples:\n"
                  "  armature sign --vm guest=hello.guest,vcpus=2 -o hello.manifest\n"
                  "  armature sign --verify hello.manifest\n"
                  "  armature run --vm guest=hello.guest,vcpus=2,manifest=hello.manifest\n"
                  "  head -c {0} hello.manifest > body && openssl pkeyutl -sign -rawin -inkey "
                  "key.pem -in body -out signature && cat body signature > hello.manifest",
                  sizeof(abi::VmManifest), sizeof(abi::SignedManifest::signature)));
  return {command, run};
}

}  // namespace armature::platform
