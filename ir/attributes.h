/// Attributes: one plain struct per need, all in one variant. Printing, parsing, hashing and equality go field by field.
#pragma once
#include "ir/type.h"
#include <string>
#include <variant>
#include <vector>

namespace dl::ir {

/// Order of a sum (ir/README.md, "orders"): chunk 0 means not chosen yet.
struct Order {
  int64_t chunk = 0;
  int64_t lanes = 1;
  bool operator==(const Order &) const = default;
};

enum class ReduceKind : uint8_t { Sum, Prod, Max, Min, And, Or };
enum class ScatterMode : uint8_t { Set, Add, Max, Min };
enum class FusedKind : uint8_t { Rows, Gemm, Opaque };
/// What a vocabulary takes a text apart into.
enum class TextUnit : uint8_t { Whole, Characters, Words, Pieces };

/// An iteration name of index notation.
struct IndexName {
  std::string name;
  Dim extent;
  bool operator==(const IndexName &) const = default;
};
/// sum of coefficient * name + offset; names by their number in the op's list.
struct Affine {
  std::vector<std::pair<int, int64_t>> terms; ///< ascending by name, no zero coefficients
  Dim offset;
  bool operator==(const Affine &) const = default;
};
/// One subscript: affine / divisor (present only where exact), or an element of an integer operand.
struct Index {
  Affine affine;
  int64_t divisor = 1;
  bool guarded = false; ///< '?': may fall outside, then the term is absent (reads 0)
  int source = -1;      ///< operand number of an integer tensor; then the subscript is source[sourceIndex]
  std::vector<Affine> sourceIndex;
  bool operator==(const Index &) const = default;
};
/// One factor: an operand read at indices, or `one(extent)[index ?]` (operand -1): 1 where the index is inside, else 0.
struct Factor {
  int operand = -1;
  Dim extent;
  std::vector<Index> index;
  bool operator==(const Factor &) const = default;
};

struct NoAttr {
  bool operator==(const NoAttr &) const = default;
};
/// const: raw bits of one element (splat) or of all; keys and i64 use all 64 bits, f32 the low 32, ...
struct ConstAttr {
  Type type;
  std::vector<uint64_t> bits;
  bool operator==(const ConstAttr &) const = default;
};
struct IotaAttr { Type type; int dim = 0; bool operator==(const IotaAttr &) const = default; };
struct ToDimAttr { int64_t bound = 0; std::string name; bool operator==(const ToDimAttr &o) const { return bound == o.bound; } };
struct ExtentAttr { Dim extent; bool operator==(const ExtentAttr &) const = default; };
struct ConvertAttr { Elem to = Elem::F32; bool operator==(const ConvertAttr &) const = default; }; ///< convert, bitcast
struct ReduceAttr { ReduceKind kind = ReduceKind::Sum; std::vector<int> dims; Order order; bool operator==(const ReduceAttr &) const = default; };
struct ArgReduceAttr { bool max = true; int dim = 0; bool operator==(const ArgReduceAttr &) const = default; };
struct CumulateAttr { ReduceKind kind = ReduceKind::Sum; int dim = 0; bool reverse = false, exclusive = false; bool operator==(const CumulateAttr &) const = default; };
/// contract, remap, gather, scatter. names[0..outCount) are the result's dimensions (scatter: all names, the domain of
/// the updates). remap and gather have one factor; scatter has two: where in the base, and which update element.
struct IndexedAttr {
  std::vector<IndexName> names;
  int outCount = 0;
  std::vector<Factor> factors;
  Order order;                          ///< contract
  ScatterMode mode = ScatterMode::Add;  ///< scatter
  bool operator==(const IndexedAttr &) const = default;
};
struct ShapeAttr { std::vector<Dim> dims; bool operator==(const ShapeAttr &) const = default; }; ///< reshape
struct DimsAttr { std::vector<int> dims; bool operator==(const DimsAttr &) const = default; };   ///< transpose perm, reverse dims
struct BroadcastAttr { std::vector<Dim> dims; std::vector<int> to; bool operator==(const BroadcastAttr &) const = default; };
struct SliceAttr { std::vector<Dim> start, extent; std::vector<int64_t> step; bool operator==(const SliceAttr &) const = default; };
/// Result dimension d has the extent `extent[d]`; operand element i sits at low[d] + i * step[d].
struct PadAttr { std::vector<Dim> low, extent; std::vector<int64_t> step; bool operator==(const PadAttr &) const = default; };
struct ConcatAttr { int dim = 0; bool operator==(const ConcatAttr &) const = default; };
/// The result has extents `dims`; the operands are numbered row-major over steps.
struct InterleaveAttr { std::vector<int> over; std::vector<int64_t> step; std::vector<Dim> dims; bool operator==(const InterleaveAttr &) const = default; };
struct SliceAtAttr { std::vector<Dim> extent; bool operator==(const SliceAtAttr &) const = default; }; ///< slice_at: operand, one start per dimension
struct UpdateAtAttr { ScatterMode mode = ScatterMode::Set; bool operator==(const UpdateAtAttr &) const = default; }; ///< update_at: base, update, starts
struct SortAttr { int dim = 0; bool descending = false; bool operator==(const SortAttr &) const = default; };
struct SearchAttr { bool right = false; bool operator==(const SearchAttr &) const = default; };
struct TriSolveAttr { bool upper = false, transposed = false; bool operator==(const TriSolveAttr &) const = default; };
struct FftAttr { int dim = 0; bool inverse = false; bool operator==(const FftAttr &) const = default; };
struct RandomAttr { Type type; bool operator==(const RandomAttr &) const = default; };
/// for: operands are [trip: i64 if !tripIsDim], scans, carries. Region arguments: induction i64, scan slices, carries.
/// The region yields carries, then values to stack along a new dimension 0. Results: carries, stacks.
struct ForAttr {
  bool tripIsDim = true;
  Dim trip;
  bool reverse = false;
  std::vector<int> scanDims; ///< one per scanned operand
  int carries = 0;
  bool operator==(const ForAttr &) const = default;
};
/// while: operands are the carries; region 0 (carries) yields a bool, region 1 (carries) yields carries, then stacked
/// values. With bound > 0: first result is the count (dim<=bound), stacks are allowed. Results: [count], carries, stacks.
struct WhileAttr { int64_t bound = 0; int carries = 0; bool operator==(const WhileAttr &) const = default; };
struct CallAttr { std::string callee; bool operator==(const CallAttr &) const = default; };
/// grad: operands y..., [dy... when seeded, else one scalar y], x...; results: one cotangent per x.
struct GradAttr { bool seeded = false; int values = 1; bool operator==(const GradAttr &) const = default; };
/// jvp: operands y..., x..., a direction for each x; results: one tangent per y.
struct JvpAttr { int values = 1; bool operator==(const JvpAttr &) const = default; };
/// fused: operands are everything read; region arguments correspond. `schedule` holds tile parameters by name.
struct FusedAttr {
  FusedKind kind = FusedKind::Rows;
  std::string name;
  std::vector<std::pair<std::string, int64_t>> schedule;
  bool operator==(const FusedAttr &) const = default;
};
/// print: pieces in order. operand -1: `text`; else the operand under `spec` (".3f"; with kind `s` a u8[n] is a text), or strings[value].
struct PrintPiece {
  std::string text;
  int operand = -1;
  std::string spec;
  std::vector<std::string> strings;
  bool operator==(const PrintPiece &) const = default;
};
struct PrintAttr { std::vector<PrintPiece> pieces; bool operator==(const PrintAttr &) const = default; };
/// report: name of the metric and where it belongs ("step", "epoch", ...).
struct ReportAttr { std::string name, scope; bool operator==(const ReportAttr &) const = default; };
/// progress: which training; operands step, steps, epoch, epochs (i64), loss (f32); without operands it is over.
struct ProgressAttr { std::string name; bool operator==(const ProgressAttr &) const = default; };
/// write: path pieces as in print; the tensor is operand 0, path operands follow.
struct WriteAttr { std::vector<PrintPiece> path; bool operator==(const WriteAttr &) const = default; };
/// save, load: operand i (result i) is the tensor of name names[i]. A path "run:best" is best.safetensors of the run.
struct SaveAttr { std::vector<PrintPiece> path; std::vector<std::string> names; std::vector<Type> types; bool operator==(const SaveAttr &) const = default; };
/// check: operand 0 is the bool; the message's pieces refer to the operands behind it by their operand number.
struct CheckAttr { std::vector<PrintPiece> message; bool operator==(const CheckAttr &) const = default; };
struct SnapshotAttr { std::string label; bool operator==(const SnapshotAttr &) const = default; };
struct TableAttr { std::string table; bool operator==(const TableAttr &) const = default; };
/// encode: a vocabulary, the `special` ones first; units behind the first `most` are cut off (0: none).
struct EncodeAttr {
  TextUnit unit = TextUnit::Characters;
  int64_t special = 0, most = 0;
  std::vector<std::string> names;
  bool operator==(const EncodeAttr &) const = default;
};

using Attrs = std::variant<NoAttr, ConstAttr, IotaAttr, ToDimAttr, ExtentAttr, ConvertAttr, ReduceAttr, ArgReduceAttr, CumulateAttr,
                           IndexedAttr, ShapeAttr, DimsAttr, BroadcastAttr, SliceAttr, PadAttr, ConcatAttr, InterleaveAttr,
                           SliceAtAttr, UpdateAtAttr, SortAttr, SearchAttr, TriSolveAttr, FftAttr, RandomAttr, ForAttr, WhileAttr, CallAttr,
                           GradAttr, JvpAttr, FusedAttr, PrintAttr, ReportAttr, ProgressAttr, WriteAttr, SaveAttr, CheckAttr, SnapshotAttr,
                           TableAttr, EncodeAttr>;

/// Attributes with dimension variables replaced (cloning into another scope).
Attrs substitute(const Attrs &attrs, const std::function<std::optional<Dim>(DimAtom *)> &of);
/// All dimension variables that occur in the attributes.
std::vector<DimAtom *> atomsOf(const Attrs &attrs);

} // namespace dl::ir
