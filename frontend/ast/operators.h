/// The operators and reducers of the language, with their spelling.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace dl::ast {

enum class UnaryOp : uint8_t { Negate, Not };
enum class BinaryOp : uint8_t {
  Power, Multiply, Divide, FloorDivide, Remainder, MatMul, Add, Subtract, Range,
  Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, And, Or,
};
enum class Reducer : uint8_t { Sum, Mean, Prod, Max, Min, Any, All, ArgMax, ArgMin };

std::string_view spelling(UnaryOp op);
std::string_view spelling(BinaryOp op);
std::string_view spelling(Reducer op);
std::optional<Reducer> reducerNamed(std::string_view name);
inline bool isComparison(BinaryOp op) { return op >= BinaryOp::Equal && op <= BinaryOp::GreaterEqual; }

} // namespace dl::ast
