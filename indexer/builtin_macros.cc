#include "indexer/builtin_macros.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace fanin::indexer {
namespace {

// "(a0=,a1=,...)": empty defaults, so that fewer arguments will do.
std::string Formals(uint32_t count) {
  std::string formals = "(";
  for (uint32_t i = 0; i < count; ++i) {
    if (i != 0) formals += ',';
    formals += 'a' + std::to_string(i) + '=';
  }
  return formals + ")";
}

struct Family {
  std::string_view names;  // separated by spaces
  uint32_t arguments;
  std::string_view body;
};

// Items of classes and modules vanish; statements of UVM are `begin end`, as the originals are blocks.
constexpr Family kFamilies[] = {
    {"uvm_component_utils uvm_component_param_utils uvm_component_utils_begin uvm_component_param_utils_begin "
     "uvm_object_utils uvm_object_param_utils uvm_object_utils_begin uvm_object_param_utils_begin "
     "uvm_component_abstract_utils uvm_object_abstract_utils uvm_sequence_utils uvm_sequence_utils_begin "
     "uvm_declare_p_sequencer uvm_register_cb uvm_set_super_type uvm_analysis_imp_decl uvm_blocking_put_imp_decl "
     "uvm_nonblocking_put_imp_decl uvm_put_imp_decl uvm_get_imp_decl uvm_get_peek_imp_decl uvm_peek_imp_decl "
     "uvm_blocking_get_imp_decl uvm_blocking_transport_imp_decl uvm_transport_imp_decl uvm_type_name_decl",
     2, ""},
    {"uvm_field_int uvm_field_object uvm_field_string uvm_field_enum uvm_field_real uvm_field_event "
     "uvm_field_sarray_int "
     "uvm_field_sarray_object uvm_field_sarray_string uvm_field_sarray_enum uvm_field_array_int uvm_field_array_object "
     "uvm_field_array_string uvm_field_array_enum uvm_field_queue_int uvm_field_queue_object uvm_field_queue_string "
     "uvm_field_queue_enum uvm_field_aa_int_string uvm_field_aa_object_string uvm_field_aa_string_string "
     "uvm_field_aa_int_int uvm_field_aa_object_int uvm_field_aa_int_enumkey uvm_field_aa_int_key",
     4, ""},
    {"uvm_info uvm_warning uvm_error uvm_fatal uvm_info_context uvm_warning_context uvm_error_context "
     "uvm_fatal_context "
     "uvm_info_begin uvm_info_end uvm_message_add_tag uvm_message_add_int",
     5, "begin end"},
    {"uvm_do uvm_do_with uvm_do_pri uvm_do_pri_with uvm_do_on uvm_do_on_with uvm_do_on_pri uvm_do_on_pri_with "
     "uvm_create "
     "uvm_create_on uvm_send uvm_send_pri uvm_rand_send uvm_rand_send_with uvm_rand_send_pri uvm_rand_send_pri_with "
     "uvm_create_seq uvm_do_callbacks uvm_do_obj_callbacks uvm_pack_int uvm_pack_intN uvm_pack_enum uvm_pack_string "
     "uvm_pack_array uvm_unpack_int uvm_unpack_intN uvm_unpack_enum uvm_unpack_string uvm_unpack_array "
     "uvm_print_int uvm_print_object uvm_print_string uvm_record_int uvm_record_string uvm_record_field",
     8, "begin end"},
    {"ASSERT ASSERT_I ASSERT_INIT ASSERT_INIT_NET ASSERT_FINAL ASSERT_AT_RESET ASSERT_AT_RESET_AND_FINAL ASSERT_NEVER "
     "ASSERT_KNOWN ASSERT_KNOWN_IF ASSERT_PULSE ASSERT_IF ASSERT_STATIC_IN_PACKAGE ASSERT_ERROR ASSERT_FPV_LINEAR_FSM "
     "ASSUME ASSUME_I ASSUME_FPV COVER COVER_FPV",
     8, ""},
};

constexpr std::pair<std::string_view, std::string_view> kPlain[] = {{"uvm_component_utils_end", ""},
                                                                    {"uvm_object_utils_end", ""},
                                                                    {"uvm_sequence_utils_end", ""},
                                                                    {"uvm_field_utils_begin", ""},
                                                                    {"uvm_field_utils_end", ""},
                                                                    {"uvm_file", "\"\""},
                                                                    {"uvm_line", "0"}};

using Table = std::map<std::string_view, MacroDefinition>;

Table MakeTable() {
  Table table;
  const auto add = [&table](std::string_view name, std::string formals, std::string_view body) {
    MacroDefinition& definition = table[name];
    definition.name = name;
    definition.formals = std::move(formals);
    definition.body = body;
  };
  for (const Family& family : kFamilies) {
    std::string_view rest = family.names;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      add(name, Formals(family.arguments), family.body);
    }
  }
  for (const auto& [name, body] : kPlain) add(name, "", body);
  return table;
}

const Table& GetTable() {
  static const Table kTable = MakeTable();
  return kTable;
}

std::string_view StubBody(std::string_view name, UseContext context) {
  switch (context) {
    case UseContext::kStatement: return "";
    case UseContext::kBranch: return "begin end";
    case UseContext::kExpression: return "1";  // not 0, which is no size of a literal
    case UseContext::kName: return name;
  }
  return "";
}

}  // namespace

const MacroDefinition* FindBuiltinMacro(std::string_view name) {
  const auto found = GetTable().find(name);
  return found == GetTable().end() ? nullptr : &found->second;
}

std::vector<std::string_view> BuiltinNamesWithPrefix(std::string_view prefix) {
  std::vector<std::string_view> names;
  for (auto entry = GetTable().lower_bound(prefix); entry != GetTable().end(); ++entry) {
    if (!entry->first.starts_with(prefix)) break;
    names.push_back(entry->first);
  }
  return names;
}

MacroDefinition MakeStub(std::string_view name, const UnknownUse& use) {
  int most = 0;
  for (int context = 1; context < kUseContextCount; ++context) {
    if (use.votes[context] > use.votes[most]) most = context;
  }
  MacroDefinition stub;
  stub.name = name;
  if (use.arguments > 0) stub.formals = Formals(use.arguments);
  stub.body = StubBody(name, static_cast<UseContext>(most));
  return stub;
}

}  // namespace fanin::indexer
