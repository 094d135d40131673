// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The profile of a model, and the ranges that follow from it.

#include "tests/libfuzzer/Harness.h"

#include "core/quantize/ptq/Calibrate.h"

#include <cfloat>

using namespace glowplug;
using namespace glowplug::ptq;

/// The search for the least error looks at each bin some 600 times.
static constexpr size_t maxBins = 64;

/// Every method and scheme on tensors of few bins, with the promises of
/// calibrate() and of QuantParams.
static void checkRanges(const Profile &profile) {
  using Method = Calibration::Method;
  for (const auto &[name, tensor] : profile.tensors) {
    if (tensor.histogram.bins().size() > maxBins)
      continue;
    for (Method method :
         {Method::minMax, Method::percentile, Method::mse, Method::kl})
      for (Scheme scheme : {Scheme::asymmetric, Scheme::powerOfTwo}) {
        const Range range = calibrate(tensor, {method}, scheme);
        if (!(range.low <= 0 && range.high >= 0))
          fuzz::defect("the range of '" + llvm::Twine(name) + "' has no zero");
        if (!(chooseParams(range, scheme).scale >= FLT_MIN))
          fuzz::defect("the scale of '" + llvm::Twine(name) +
                       "' is not a positive normal float");
      }
  }
}

fuzz::Outcome fuzz::judge(llvm::ArrayRef<uint8_t> bytes) {
  const llvm::StringRef text(reinterpret_cast<const char *>(bytes.data()),
                             bytes.size());
  llvm::Expected<Profile> profile = parseProfile(text, "x.profile");
  if (!profile)
    return outcomeOf(profile.takeError());
  const std::string written = profileText(*profile);
  llvm::Expected<Profile> again = parseProfile(written, "again");
  if (!again)
    defect("what was written is refused: " + llvm::toString(again.takeError()));
  if (profileText(*again) != written)
    defect("what was written reads as something else");
  checkRanges(*profile);
  return "";
}
