// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list of networks.

#include "core/conformance/models/Models.h"

namespace glowplug::models {

const std::vector<Model> &allModels() {
  static const std::vector<Model> models = {{"autoencoder", makeAutoencoder},
                                            {"densenet", makeDensenet},
                                            {"detector", makeDetector},
                                            {"inception", makeInception},
                                            {"keywords", makeKeywords},
                                            {"mobilenet_v2", makeMobilenetV2},
                                            {"mobilenet_v3", makeMobilenetV3},
                                            {"recurrent", makeRecurrent},
                                            {"resnet", makeResnet},
                                            {"shufflenet", makeShufflenet},
                                            {"squeezenet", makeSqueezenet},
                                            {"transformer", makeTransformer},
                                            {"unet", makeUnet}};
  return models;
}

} // namespace glowplug::models
