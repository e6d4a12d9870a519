#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/functions.h"

namespace drover::hcl {

// Arguments by position (from 0), converted as HCL converts them. Errors name the argument, counted from 1.
Result<std::string> text_arg(const CallContext& context, size_t i);
Result<Number> number_arg(const CallContext& context, size_t i);
Result<int64_t> integer_arg(const CallContext& context, size_t i);
Result<Value::List> list_arg(const CallContext& context, size_t i);
Result<Object> object_arg(const CallContext& context, size_t i);
Result<std::vector<std::string>> text_list_arg(const CallContext& context, size_t i);

// "argument 2 must be a list, found string "a"".
tl::unexpected<Error> wrong_argument(const CallContext& context, size_t i, std::string_view expected);
tl::unexpected<Error> bad_call(std::string message);

Value from_texts(std::vector<std::string> texts);

// The items, converted to the type that they have in common, as every list of HCL has one.
Result<Value::List> uniform_list_arg(const CallContext& context, size_t i);

// The parts of the table, by theme.
std::span<const Function> address_functions();
std::span<const Function> collection_functions();
std::span<const Function> crypto_functions();
std::span<const Function> encoding_functions();
std::span<const Function> file_functions();
std::span<const Function> format_functions();
std::span<const Function> number_functions();
std::span<const Function> set_functions();
std::span<const Function> string_functions();
std::span<const Function> time_functions();

}  // namespace drover::hcl
