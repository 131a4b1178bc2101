# fanin_library and the flags that every target of the project shares.
add_library(fanin_flags INTERFACE)
target_include_directories(fanin_flags INTERFACE ${PROJECT_SOURCE_DIR})
# GCC 12 warns falsely inside std::string's operator+ (GCC bug 105651), and of moved strings, optionals and vectors once
# it has inlined them.
target_compile_options(fanin_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized -Wno-free-nonheap-object>)
if(FANIN_SANITIZE)
  add_compile_options(-fsanitize=${FANIN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FANIN_SANITIZE})
endif()

# fanin_library(folder LINKS [PUBLIC|PRIVATE] libs... [EXCLUDE file...]): the static library fanin_<folder> of all .cc
# files of the folder. Target = folder; what may link what is the layering of ARCHITECTURE.md.
function(fanin_library name)
  cmake_parse_arguments(ARG "" "" "LINKS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  foreach(excluded ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${excluded})
  endforeach()
  add_library(fanin_${name} STATIC ${sources})
  target_link_libraries(fanin_${name} PUBLIC fanin_flags)
  target_link_libraries(fanin_${name} ${ARG_LINKS})
endfunction()
