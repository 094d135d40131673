// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of dims that vary, and elements that do not count.

#include "core/importer/build/Extents.h"

#include "core/importer/build/Emit.h"

using namespace glowplug;
using namespace glowplug::importer;

ArrayRef<Value> Extents::of(Value value) const {
  auto entry = lists.find(value);
  return entry == lists.end() ? ArrayRef<Value>() : ArrayRef(entry->second);
}

Value Extents::of(Value value, int64_t dim) const {
  ArrayRef<Value> list = of(value);
  return list.empty() ? Value() : list[static_cast<size_t>(dim)];
}

void Extents::set(Value value, List list) {
  assert(static_cast<int64_t>(list.size()) == prim::rankOf(value));
  if (llvm::none_of(list, [](Value extent) { return extent != nullptr; }))
    list.clear();
  sizes.insert(list.begin(), list.end());
  lists[value] = std::move(list);
}

void Extents::forget(Value value) {
  lists.erase(value);
  scattered.erase(value);
  sizes.erase(value);
}

Value importer::isCounted(PrimBuilder &b, ArrayRef<int64_t> shape, int64_t dim,
                          Value extent) {
  const auto rank = static_cast<int64_t>(shape.size());
  Value ones = b.splat(int64_t{1}, b.builder.getI64Type(),
                       onesBut(rank, dim, shape[static_cast<size_t>(dim)]));
  Value places = b.scan(ReduceKind::sum, ones, dim, /*exclusive=*/true,
                        /*reverse=*/false);
  return b.map(ScalarKind::lt, {places, extent});
}

Value importer::fillUncounted(PrimBuilder &b, const Extents &extents,
                              Value value, ArrayRef<int64_t> dims, Value fill) {
  Extents::List list(extents.of(value));
  list.resize(static_cast<size_t>(prim::rankOf(value)));
  for (int64_t dim : dims)
    if (Value extent = list[static_cast<size_t>(dim)])
      value =
          b.map(ScalarKind::select,
                {isCounted(b, prim::shapeOf(value), dim, extent), value, fill});
  return value;
}
