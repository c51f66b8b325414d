/// The loop IR: what fused groups and entries become before LLVM. Structured statements over values that are computed
/// once; vectors are explicit (a type is an element and a number of lanes) and nothing below widens anything.
///
/// A function owns its values, registers and buffers. Pure operations are values bound in statement order (`Bind`); a
/// value may be used behind its binding in the same block and in blocks nested there. Registers are the only mutable
/// variables. Addresses are i64 values. Everything here prints (printProgram) and is checked (verifyFunction).
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace dl::codegen {

enum class Prim : uint8_t { I1, I8, I16, I32, I64, F16, BF16, F32, F64 };

/// An element, or a vector of them. I1 vectors are masks.
struct VecType {
  Prim prim = Prim::I64;
  int lanes = 1;
  bool operator==(const VecType &) const = default;
  VecType withLanes(int n) const { return {prim, n}; }
  VecType withPrim(Prim p) const { return {p, lanes}; }
};
int primBytes(Prim p); ///< in memory: I1 is a byte
bool isFloatPrim(Prim p);
std::string str(VecType t); ///< "f32x16", "i64"

/// Operations of values. Operands of binary operations have equal types.
enum class LoopOp : uint8_t {
  Const,   ///< imm: raw bits, splat over the lanes
  Param,   ///< imm: number of the function's parameter
  Induction, ///< the variable of a loop
  GetReg,  ///< the register's value now (not pure: bound where it stands)
  Load,    ///< buffer, index i64 in elements [, mask]; lanes consecutive elements. Lanes off read 0
  Gather,  ///< buffer, vector of i64 indices [, mask]
  Address, ///< buffer: its base as i64
  GlobalAddress, ///< imm: number of the program's constant data
  FunctionAddress, ///< text: a function of the program or of the runtime
  StackAddress, ///< imm: number of the function's stack block
  Add, Sub, Mul, Div, ///< Div: floats only
  SDiv, SRem, ///< integers, truncating; the divisor must not be 0
  And, Or, Xor, Shl, LShr, AShr,
  SMin, SMax, UMin, UMax, ///< integers
  Neg, Abs, Sqrt, Floor, Ceil, RoundEven, Fma, ///< floats; Fma: a * b + c
  Eq, Ne, Lt, Le, Gt, Ge, ///< ordered for floats except Ne; signed for integers
  ULt,
  Select, ///< mask, a, b
  SExt, ZExt, Trunc, ///< integers
  IntToFloat, UIntToFloat, FloatToInt, ///< FloatToInt saturates, NaN gives 0
  FloatToUInt,
  FloatCast, ///< between float elements, to nearest even
  Bitcast,
  Splat,   ///< scalar to all lanes
  Ramp,    ///< i64 scalar base: base, base + imm, base + 2 imm, ...
  Extract, ///< vector, lane imm
  Shuffle, ///< a [, b], pattern over the concatenation
};

struct Buffer;
struct Register;

struct Node {
  LoopOp op;
  VecType type;
  std::vector<const Node *> args = {};
  uint64_t imm = 0;
  std::vector<int> pattern = {};   ///< Shuffle
  const Buffer *buffer = nullptr;  ///< Load, Gather, Address
  const Register *reg = nullptr;   ///< GetReg
  std::string text = {};           ///< FunctionAddress
  uint32_t id = 0;
  uint32_t scope = 0;              ///< of the builder: where it is bound; 0: everywhere
};
using Val = const Node *;

/// Memory seen as elements of one type from `base` on. Bool elements are bytes (Prim::I1 in registers, 1 byte here).
struct Buffer {
  std::string name;
  Prim elem = Prim::F32;
  Val base = nullptr; ///< address, i64
  int64_t align = 0;  ///< of the base, 0: that of an element
  bool constant = false; ///< nothing in the function writes it: loads may move out of loops
  uint32_t id = 0;
};

/// A mutable variable; becomes a phi. Register arrays of a micro-kernel are several of these.
struct Register {
  std::string name;
  VecType type;
  uint32_t id = 0;
};

struct Stmt;
using Block = std::vector<Stmt *>;

enum class StmtKind : uint8_t {
  Bind,     ///< value: a value computed here
  Store,    ///< buffer[index] = value [mask]; index i64, value's lanes go to consecutive elements
  Scatter,  ///< buffer[vector index] = value [mask], ascending lanes
  SetReg,   ///< reg = value
  For,      ///< for value (Induction) in begin .. end step (constant > 0) body
  While,    ///< header block, then leave unless `condition`, then body
  If,       ///< condition, body, otherwise
  Prefetch, ///< buffer[index], `step`: locality 0..3
  Call,     ///< a runtime function: callee, args (i64, i32, f64 by `signature`); result by `returns`
  ReturnUnless, ///< returns `value` (i32) from the function unless it is 0
  Return,   ///< returns `value` (i32), or nothing
  ResumeSwitch, ///< jumps to the ResumeLabel numbered `value` - 1 if `value` > 0
  ResumeLabel,  ///< `step`: its number. No value bound before may be used behind, except the function's Params
};

enum class CallReturn : uint8_t { Nothing, Status, I32, I64 };

struct Stmt {
  StmtKind kind;
  Val value = nullptr;
  const Buffer *buffer = nullptr;
  Val index = nullptr, mask = nullptr;
  const Register *reg = nullptr;
  Val begin = nullptr, end = nullptr;
  int64_t step = 1;
  int unroll = 1;
  Val condition = nullptr;
  Block header, body, otherwise;
  std::string callee;
  std::vector<Val> args;
  CallReturn returns = CallReturn::Nothing;
  const Register *result = nullptr; ///< Call: receives the returned value
};

enum class FunctionKind : uint8_t {
  Kernel, ///< params: frame, args, begin, end, scratch (all i64); returns nothing
  Host,   ///< params: frame (i64); returns i32
};

struct LoopFunction {
  std::string name;
  FunctionKind kind = FunctionKind::Kernel;
  std::vector<Val> params;
  Block body;
  std::vector<int64_t> stackBytes; ///< stack blocks, 64-byte aligned
  int64_t scratchBytes = 0;        ///< of the calling thread's scratch block
  std::string comment;             ///< where it comes from, one line
  std::deque<Node> nodes;
  std::deque<Buffer> buffers;
  std::deque<Register> registers;
  std::deque<Stmt> stmts;
};

/// Read-only data of the program: bytes, with addresses of other constants or functions in some of its words.
struct Constant {
  std::string name;
  std::vector<uint8_t> bytes;
  int64_t align = 64;
  struct Link {
    int64_t at;          ///< byte offset of the 8-byte word
    int constant = -1;   ///< number of another constant, plus
    int64_t offset = 0;  ///< this many bytes
    std::string symbol;  ///< or a function or external object
  };
  std::vector<Link> links;
  bool exported = false;
};

struct Program {
  std::vector<std::unique_ptr<LoopFunction>> functions;
  std::vector<Constant> constants;
  bool flushDenormals = true;
};

/// The vector facts of the target that schedules depend on. They change no bit of a result.
struct TargetInfo {
  int lanes = 16;          ///< of f32: 16 (AVX-512) or 8 (AVX2)
  int vectorRegisters = 32;
};

std::string printFunction(const LoopFunction &function);
std::string printProgram(const Program &program);
/// Types, scopes, operand counts. Violations go to `problems`, one sentence each.
bool verifyFunction(const LoopFunction &function, std::vector<std::string> &problems);

} // namespace dl::codegen
