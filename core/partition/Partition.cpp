// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Orders ops into partitions and cuts out their programs.

#include "core/partition/Partition.h"

#include "core/partition/Assignment.h"
#include "core/prim/Prim.h"
#include "core/quantize/islands/FloatReason.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVectorExtras.h"

#include <algorithm>

using namespace glowplug;
using namespace mlir;

namespace {

/// The ops that are not free, as a graph of dependences. Those of the host
/// count as a backend of their own, after all others.
struct Graph {
  Graph(Block &block, const Assignment &assignment, unsigned backendCount);

  struct Edge {
    unsigned node;
    /// A reshape on the way that the backend of `node` does not take: the host
    /// does it, between two partitions.
    bool throughHost;
  };
  struct Node {
    Operation *op;
    unsigned backend;
    unsigned waitsFor = 0; // edges to this node
    llvm::SmallVector<Edge> users;
  };
  std::vector<Node> nodes; // in the order of the block
};

} // namespace

/// Whether \p backend refuses a reshape between \p value and its bytes.
static bool needsHost(Value value, unsigned backend,
                      const Assignment &assignment) {
  while (auto reshape = value.getDefiningOp<prim::ReshapeOp>()) {
    if (!assignment.freeTaken.at(reshape)[backend])
      return true;
    value = reshape.getInput();
  }
  return false;
}

Graph::Graph(Block &block, const Assignment &assignment,
             unsigned backendCount) {
  llvm::DenseMap<Operation *, unsigned> index;
  for (Operation &op : block.without_terminator()) {
    if (isFree(&op))
      continue;
    const auto own = static_cast<unsigned>(nodes.size());
    index[&op] = own;
    const bool ofHost = isControl(&op);
    const unsigned backend =
        ofHost ? backendCount : assignment.choices.at(&op).backend;
    nodes.push_back({&op, backend, 0, {}});
    for (Value operand : op.getOperands()) {
      Operation *source = byteSource(operand).getDefiningOp();
      if (!source || isFree(source))
        continue;
      ++nodes[own].waitsFor;
      nodes[index.at(source)].users.push_back(
          {own, ofHost || needsHost(operand, backend, assignment)});
    }
  }
}

namespace {

/// Runs through a graph, always taking every node of one backend that can be
/// reached before turning to another backend. So each group depends on groups
/// before it only.
class Scheduler {
public:
  explicit Scheduler(const Graph &graph, unsigned backendCount)
      : graph(graph), ready(backendCount + 1), waitsFor(graph.nodes.size()),
        isLate(graph.nodes.size()) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      waitsFor[i] = graph.nodes[i].waitsFor;
      if (waitsFor[i] == 0)
        ready[graph.nodes[i].backend].push_back(i);
    }
  }

  bool isReady(unsigned backend) const { return !ready[backend].empty(); }

  /// Takes all that \p backend can do now, ascending.
  std::vector<unsigned> take(unsigned backend) {
    std::vector<unsigned> group, late;
    std::vector<unsigned> &queue = ready[backend];
    while (!queue.empty()) {
      const unsigned node = queue.back();
      queue.pop_back();
      group.push_back(node);
      for (const Graph::Edge &user : graph.nodes[node].users) {
        const unsigned other = graph.nodes[user.node].backend;
        // Nodes that need the host in between go to another group.
        if (user.throughHost && other == backend && !isLate[user.node]) {
          isLate[user.node] = true;
          late.push_back(user.node);
        }
        if (--waitsFor[user.node] == 0 && !isLate[user.node])
          ready[other].push_back(user.node);
      }
    }
    for (unsigned node : late) {
      isLate[node] = false;
      if (waitsFor[node] == 0)
        queue.push_back(node);
    }
    llvm::sort(group);
    return group;
  }

private:
  const Graph &graph;
  std::vector<std::vector<unsigned>> ready; // per backend
  std::vector<unsigned> waitsFor;
  std::vector<bool> isLate; // not in the group that is being taken
};

struct Group {
  unsigned backend; ///< The number of backends stands for the host.
  std::vector<unsigned> nodes;
};

} // namespace

/// Groups that begin with \p first. After it, the backend that can do most
/// comes next; of equals, the preferred one.
static std::vector<Group> groupFrom(const Graph &graph, unsigned backendCount,
                                    unsigned first) {
  Scheduler scheduler(graph, backendCount);
  std::vector<Group> groups;
  auto take = [&](unsigned backend) {
    std::vector<unsigned> nodes = scheduler.take(backend);
    if (backend != backendCount) {
      groups.push_back({backend, std::move(nodes)});
      return;
    }
    for (unsigned node : nodes) // the host runs them one by one
      groups.push_back({backend, {node}});
  };
  take(first);
  while (true) {
    llvm::SmallVector<unsigned, 4> candidates;
    for (unsigned i = 0; i <= backendCount; ++i)
      if (scheduler.isReady(i))
        candidates.push_back(i);
    if (candidates.empty())
      return groups;
    unsigned best = candidates.front();
    if (candidates.size() > 1) {
      size_t most = 0;
      for (unsigned candidate : candidates) {
        Scheduler trial = scheduler;
        const size_t count = trial.take(candidate).size();
        if (count > most) {
          most = count;
          best = candidate;
        }
      }
    }
    take(best);
  }
}

/// The fewest groups that a choice of the first backend gives. With two
/// backends none has fewer; with more it is a good guess.
static std::vector<Group> groupOps(const Graph &graph, unsigned backendCount) {
  if (graph.nodes.empty())
    return {};
  std::vector<Group> best;
  const Scheduler start(graph, backendCount);
  for (unsigned first = 0; first <= backendCount; ++first) {
    if (!start.isReady(first))
      continue;
    std::vector<Group> groups = groupFrom(graph, backendCount, first);
    if (best.empty() || groups.size() < best.size())
      best = std::move(groups);
  }
  return best;
}

namespace {

/// Cuts the groups out of the function.
class Cutter {
public:
  Cutter(func::FuncOp function, const PartitionOptions &options,
         const Assignment &assignment, const Graph &graph,
         ArrayRef<Group> groups)
      : options(options), assignment(assignment) {
    unsigned at = 0;
    for (Operation &op : function.getBody().front())
      position[&op] = at++;
    for (Value value :
         function.getBody().front().getTerminator()->getOperands())
      needed.insert(byteSource(value));
    for (const Group &group : groups)
      pieces.push_back(gather(graph, group));
  }

  struct Piece {
    Partition partition;
    llvm::SetVector<Operation *> ops; // in the order of the function
  };

  /// Writes the images. Call once.
  llvm::Expected<std::vector<Piece>> write();

private:
  Piece gather(const Graph &graph, const Group &group);
  Piece hostPiece(Operation *op);

  const PartitionOptions &options;
  const Assignment &assignment;
  llvm::DenseMap<Operation *, unsigned> position;
  llvm::DenseSet<Value> needed; // beyond the partition that makes them
  std::vector<Piece> pieces;
};

} // namespace

Cutter::Piece Cutter::gather(const Graph &graph, const Group &group) {
  Piece piece;
  if (group.backend == options.backends.size())
    return hostPiece(graph.nodes[group.nodes.front()].op);
  piece.partition.backend = group.backend;
  piece.partition.opCount = static_cast<unsigned>(group.nodes.size());
  llvm::SetVector<Operation *> ops;
  for (unsigned node : group.nodes)
    ops.insert(graph.nodes[node].op);

  // Free ops come along where they are taken; the rest comes from outside.
  llvm::SetVector<Value> inputs;
  llvm::SmallVector<Operation *> work(ops.begin(), ops.end());
  for (size_t i = 0; i < work.size(); ++i) {
    for (Value operand : work[i]->getOperands()) {
      Operation *definition = operand.getDefiningOp();
      if (definition && ops.contains(definition))
        continue;
      if (definition && isFree(definition) &&
          assignment.freeTaken.at(definition)[group.backend]) {
        ops.insert(definition);
        work.push_back(definition);
        continue;
      }
      inputs.insert(operand);
      needed.insert(byteSource(operand));
    }
  }
  auto ordered = ops.takeVector();
  llvm::sort(ordered, [&](Operation *a, Operation *b) {
    return position.at(a) < position.at(b);
  });
  piece.ops.insert(ordered.begin(), ordered.end());
  piece.partition.inputs.assign(inputs.begin(), inputs.end());
  return piece;
}

Cutter::Piece Cutter::hostPiece(Operation *op) {
  Piece piece;
  piece.partition.control = op;
  llvm::append_range(piece.partition.inputs, op->getOperands());
  llvm::append_range(piece.partition.outputs, op->getResults());
  for (Value operand : op->getOperands())
    needed.insert(byteSource(operand));
  return piece;
}

llvm::Expected<std::vector<Cutter::Piece>> Cutter::write() {
  for (auto [index, piece] : llvm::enumerate(pieces)) {
    if (piece.partition.control)
      continue;
    for (Operation *op : piece.ops)
      if (!isFree(op))
        for (Value result : op->getResults())
          if (needed.contains(result))
            piece.partition.outputs.push_back(result);
    WriterOptions writer;
    writer.name = options.name + "." + std::to_string(index);
    writer.hashes = options.hashes;
    llvm::Expected<Image> image =
        writeImage(piece.ops.getArrayRef(), piece.partition.inputs,
                   piece.partition.outputs, writer);
    if (!image)
      return image.takeError();
    piece.partition.image = std::move(*image);
  }
  return std::move(pieces);
}

static void report(const Graph &graph, ArrayRef<Group> groups,
                   const Assignment &assignment, PartitionResult &result) {
  std::vector<OpReport> all(graph.nodes.size());
  std::vector<bool> isOfHost(graph.nodes.size());
  for (auto [index, group] : llvm::enumerate(groups)) {
    for (unsigned node : group.nodes) {
      Operation *op = graph.nodes[node].op;
      isOfHost[node] = isControl(op);
      if (isOfHost[node])
        continue;
      OpReport &entry = all[node];
      entry.name = locationName(op->getLoc());
      entry.kind = kindOf(op);
      entry.backend = group.backend;
      entry.partition = static_cast<unsigned>(index);
      entry.refusals = assignment.choices.at(op).refusals;
      entry.isInteger = worksOnIntegers(op);
      if (!entry.isInteger)
        entry.floatReason = floatReason(op);
    }
  }
  for (auto [entry, ofHost] : llvm::zip_equal(all, isOfHost))
    if (!ofHost)
      result.report.push_back(std::move(entry));
}

/// Asks the backends about their pieces. Returns whether one thinks otherwise
/// of an op now that it sees the piece; \p assigner knows then.
static llvm::Expected<bool> checkPieces(ArrayRef<Cutter::Piece> pieces,
                                        const PartitionOptions &options,
                                        const Assignment &assignment,
                                        Assigner &assigner) {
  bool isChanged = false;
  for (const Cutter::Piece &piece : pieces) {
    if (piece.partition.control)
      continue;
    const unsigned backend = piece.partition.backend;
    llvm::Expected<std::vector<Verdict>> verdicts =
        checkImage(*options.backends[backend], piece.partition.image);
    if (!verdicts)
      return verdicts.takeError();
    for (auto [op, verdict] : llvm::zip(piece.ops, *verdicts)) {
      if (verdict.supported || assigner.isGiven(op, backend))
        continue;
      isChanged = true;
      if (assigner.giveConstants(op, backend, assignment))
        continue;
      if (backend + 1 == options.backends.size())
        return llvm::createStringError(
            "backend '" + options.backends[backend]->name() + "' refuses " +
            describeOp(op) + ": " + verdict.reason);
      assigner.refuse(op, backend, verdict);
    }
  }
  return isChanged;
}

/// Partitions \p function with the recipes of \p keptRecipes as they are. Adds
/// to them those that were changed for nothing; the result is of use if there
/// are none.
static llvm::Expected<PartitionResult>
partitionOnce(func::FuncOp function, const PartitionOptions &options,
              std::set<OpAndBackend> &keptRecipes) {
  Block &block = function.getBody().front();
  const auto backendCount = static_cast<unsigned>(options.backends.size());
  Assigner assigner(function, options, keptRecipes);
  eraseDeadOps(block);
  if (llvm::Error error = assigner.inlineRefused())
    return std::move(error);
  if (options.recipe)
    assigner.rewriteAll(*options.recipe);
  while (true) {
    llvm::Expected<Assignment> assignment = assigner.assign();
    if (!assignment)
      return assignment.takeError();
    const Graph graph(block, *assignment, backendCount);
    const std::vector<Group> groups = groupOps(graph, backendCount);
    llvm::Expected<std::vector<Cutter::Piece>> pieces =
        Cutter(function, options, *assignment, graph, groups).write();
    if (!pieces)
      return pieces.takeError();
    llvm::Expected<bool> isChanged =
        checkPieces(*pieces, options, *assignment, assigner);
    if (!isChanged)
      return isChanged.takeError();
    if (*isChanged)
      continue;

    for (OpAndBackend &change : assigner.recipesInVain(*assignment))
      keptRecipes.insert(std::move(change));
    PartitionResult result;
    report(graph, groups, *assignment, result);
    result.rewrites = assigner.takeRewrites();
    result.recipes = assigner.takeRecipes();
    for (Cutter::Piece &piece : *pieces)
      result.partitions.push_back(std::move(piece.partition));
    return result;
  }
}

llvm::Expected<PartitionResult>
glowplug::partition(func::FuncOp function, const PartitionOptions &options) {
  // That a recipe was changed for nothing shows only at the end: then all is
  // done again without this change.
  std::set<OpAndBackend> keptRecipes;
  while (true) {
    const OwningOpRef<func::FuncOp> before = function.clone();
    const size_t known = keptRecipes.size();
    llvm::Expected<PartitionResult> result =
        partitionOnce(function, options, keptRecipes);
    if (!result || keptRecipes.size() == known)
      return result;
    function.getBody().takeBody((*before).getBody());
  }
}
