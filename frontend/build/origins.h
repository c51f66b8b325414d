/// Where values come from, for messages: "64 comes from `dense(64)`".
#pragma once
#include "frontend/build/value.h"
#include <map>
#include <unordered_map>

namespace dl::frontend {

class Origins {
public:
  /// The text that made the tensors and lists of `v`; of several, the first: others only hand it on.
  void made(const Val &v, SourceRange where);
  /// The function of the library that gave `v`.
  void gave(const std::string &function, const Val &v);
  const SourceRange *placeOf(const ir::Value *v) const;
  const SourceRange *placeOf(const Val &list) const;
  const std::string *functionOf(const ir::Value *v) const;

private:
  std::unordered_map<const ir::Value *, SourceRange> made_;
  std::unordered_map<const ir::Value *, std::string> gave_;
  std::map<std::shared_ptr<const Object>, SourceRange> lists_; ///< they live on, or another one could stand there
};

/// The text that the size of dimension `dim` of `v` comes from, as far as it can be followed; not valid: unknown.
SourceRange sizeOrigin(const class Elaborator &e, const ir::Value *v, size_t dim);
/// The text that made `v`, looked up through what only moves or picks its elements; not valid: unknown.
SourceRange valueOrigin(const Elaborator &e, const ir::Value *v);
/// The value that `v` is made of by moving and picking elements only.
const ir::Value *movedFrom(const ir::Value *v);
/// Whether a dimension was left over by a contraction such as a layer's, looked up through what works element by element.
bool isContracted(const ir::Value *v, size_t dim);
/// Adds to a message where a size comes from.
void noteSize(Elaborator &e, Diagnostic &d, const ir::Value *v, size_t dim);
/// The same for every size in which the two differ, aligned at the right.
void noteSizes(Elaborator &e, Diagnostic &d, const Val &a, const Val &b);
/// The same for a name that stands for a size in the running body: what gave it its value.
void noteSizeName(Elaborator &e, Diagnostic &d, const std::string &name);

} // namespace dl::frontend
