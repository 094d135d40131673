// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Options of create().

#include "backends/cpu/plugin/Backend.h"

namespace glowplug::cpu {
namespace {

constexpr glue::Option options[] = {
    {"target", "host", "CPU to make code for, as LLVM names it"},
    {"features", "", "CPU features on top of it, as +NAME,-NAME"},
    {"arithmetic", "fp32",
     "of f32 products: fp32; or bf16, tf32, fp16-accumulate, to see a "
     "comparison fail"},
    {"kernels", "tiled",
     "tiled: register tiles where they fit; generic: loop nests only, to "
     "compare with"},
    {"checks", "off",
     "on: kernels test the bounds of each load and store, and a run fails "
     "with the op, the kernel and the offset"},
    {"fault", "none",
     "none; store-too-much: kernels store one vector more than they should, "
     "to see checks fail"},
};

llvm::Error error(const std::string &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text.c_str());
}

llvm::Expected<Arithmetic> parseArithmetic(const std::string &text) {
  if (text == "fp32")
    return Arithmetic::fp32;
  if (text == "bf16")
    return Arithmetic::bf16;
  if (text == "tf32")
    return Arithmetic::tf32;
  if (text == "fp16-accumulate")
    return Arithmetic::fp16Accumulate;
  return error("unknown arithmetic '" + text +
               "'; expected fp32, bf16, tf32 or fp16-accumulate");
}

} // namespace

llvm::ArrayRef<glue::Option> optionTable() { return options; }

llvm::Expected<std::unique_ptr<gp_backend>>
openBackend(const gp_host *host, llvm::ArrayRef<gp_option> given) {
  std::string target = "host", features;
  CompileOptions compile;
  for (const gp_option &option : given) {
    std::string key = option.key, value = option.value;
    if (key == "target") {
      target = value;
    } else if (key == "features") {
      features = value;
    } else if (key == "arithmetic") {
      auto arithmetic = parseArithmetic(value);
      if (!arithmetic)
        return arithmetic.takeError();
      compile.arithmetic = *arithmetic;
    } else if (key == "kernels") {
      if (value != "tiled" && value != "generic")
        return error("unknown kernels '" + value +
                     "'; expected tiled or generic");
      compile.useTiledKernels = value == "tiled";
    } else if (key == "checks") {
      if (value != "on" && value != "off")
        return error("unknown checks '" + value + "'; expected on or off");
      compile.checkAccesses = value == "on";
    } else if (key == "fault") {
      if (value != "none" && value != "store-too-much")
        return error("unknown fault '" + value +
                     "'; expected none or store-too-much");
      compile.storeTooMuch = value == "store-too-much";
    } else {
      return error("unknown option '" + key +
                   "'; expected target, features, arithmetic, kernels, checks "
                   "or fault");
    }
  }
  auto made = Target::create(target, features);
  if (!made)
    return made.takeError();
  std::string text = made->describe();
  return std::unique_ptr<gp_backend>(
      new gp_backend{host, std::move(*made), compile, std::move(text)});
}

} // namespace glowplug::cpu
