/// Grows a region of a random program operation by operation from a pool of values.
#pragma once
#include "ir/builder.h"
#include "test/programs/profile.h"
#include "test/programs/random.h"
#include <functional>
#include <unordered_map>

namespace dl::test {

/// What one program shares among its regions.
struct Growth {
  Growth(Profile p, uint64_t seed) : profile(p), random(seed) {}
  Profile profile;
  Random random;
  int64_t mostElements = 600;     ///< of one value, by its bounds
  bool differentiates = false;    ///< keeps to operations that have derivatives of every order
  std::vector<ir::Elem> elems;    ///< element types in use
  std::unordered_map<const ir::Value *, double> magnitudes; ///< Exact: least known bounds of floats
  int nesting = 0;                ///< of regions around
  int64_t turns = 1;              ///< of all loops around, multiplied

  /// Exact: a bound of |elements|, over all inputs.
  double magnitude(const ir::Value *v);

private:
  double magnitudeOf(const ir::Value *v);
};

class Grower {
public:
  Grower(Growth &growth, ir::Builder &b, std::vector<ir::Value *> pool, std::vector<Dim> extents)
      : growth_(growth), random_(growth.random), b_(b), pool_(std::move(pool)), extents_(std::move(extents)) {}

  void grow(int count);
  /// Adds a value to the pool unless it is too large.
  bool put(ir::Value *v);
  const std::vector<ir::Value *> &pool() const { return pool_; }
  const std::vector<Dim> &extents() const { return extents_; }
  ir::Value *any() { return pool_[random_.chance(40) ? pool_.size() - 1 - random_.below(std::min<size_t>(pool_.size(), 4)) : random_.below(pool_.size())]; }
  /// Some value for which `good` holds, or nullptr.
  ir::Value *any(const std::function<bool(const ir::Value *)> &good);
  /// A value of this type, made if there is none.
  ir::Value *fit(const ir::Type &type);
  ir::Type anyType(size_t mostRank = 3);
  /// A scalar of floats that the pool's value `x` decides (a sum of its elements, tamed).
  ir::Value *summary(ir::Value *x);

private:
  using Step = bool (Grower::*)();
  bool putAll(ir::Op *op, size_t first = 0);
  /// The op's first result, or nullptr if the operands do not fit.
  ir::Value *make(ir::OpKind kind, std::vector<ir::Value *> operands, ir::Attrs attrs = ir::NoAttr{});
  bool exact() const { return growth_.profile == Profile::Exact; }
  bool smooth() const { return growth_.profile == Profile::Smooth; }
  bool free() const { return growth_.profile == Profile::Bits; }
  ir::Value *anyFloat();
  ir::Value *anyNumber();
  Dim anyExtent(int64_t most = 64);
  ir::Elem anyElem() { return random_.of(growth_.elems); }
  ir::Value *index();               ///< an i64 scalar
  ir::Value *places(const std::vector<Dim> &dims, const Dim &extent); ///< i32 or i64 numbers, most of them in 0..extent
  ir::Value *predicate();           ///< a bool scalar that is smooth where the profile is
  ir::Value *tame(ir::Value *x);    ///< a float of small numbers
  ir::Value *positive(ir::Value *x);
  ir::Value *clampEmpty(ir::Value *x, ir::ReduceKind kind); ///< a maximum over nothing is a number where the profile needs one

  // Element-wise (grow_elementwise.cpp).
  bool unary();
  bool binary();
  bool compare();
  bool select();
  bool fma();
  bool convert();
  bool bitcast();
  bool bits();
  // Constants and random numbers (grow_values.cpp).
  bool constant();
  bool iota();
  bool extentValue();
  bool randomBits();
  bool dimension();
  // Shapes (grow_shape.cpp).
  bool reshape();
  bool transpose();
  bool reverse();
  bool broadcast();
  bool slice();
  bool pad();
  bool concat();
  bool interleave();
  // Reductions, sorts (grow_reduction.cpp).
  bool reduce();
  bool argReduce();
  bool cumulate();
  bool sort();
  bool search();
  // Index notation (grow_indexed.cpp).
  bool contract();
  bool product();
  bool remap();
  bool gather();
  bool scatter();
  bool sliceAt();
  bool updateAt();
  // Regions (grow_control.cpp).
  bool branch();
  bool forLoop();
  bool whileLoop();
  bool checkpoint();
  bool customGrad();
  bool tooDeep(int64_t turns) const; ///< for one more loop
  // Sizes that change (grow_sizes.cpp).
  bool sizedLoop();
  ir::Value *resized(ir::Value *x, const Dim &size);
  // Linear algebra (grow_linear.cpp).
  bool triangular();
  bool factorise();
  bool fourier();
  ir::Value *square();
  ir::Region *inside(const std::vector<ir::Type> &types, const std::function<std::vector<ir::Value *>(ir::Region &)> &fill);
  Grower nested(const std::vector<ir::Value *> &more);
  /// What a carried value becomes: of its type, and no greater where that matters.
  ir::Value *next(Grower &body, const ir::Type &type);
  // Derivatives (grow_derivative.cpp).
  bool gradient();
  bool tangent();
  bool stopGradient();

  struct Choice {
    int weight;
    Step step;
  };
  static const std::vector<Choice> &choices();

  Growth &growth_;
  Random &random_;
  ir::Builder &b_;
  std::vector<ir::Value *> pool_;
  std::vector<Dim> extents_; ///< that shapes are made of
};

} // namespace dl::test
