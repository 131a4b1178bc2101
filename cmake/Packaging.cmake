# What `cmake --install` installs, and the .deb that CPack makes of it: packaging/README.md.
include(GNUInstallDirs)

set(private_libraries ${CMAKE_INSTALL_LIBDIR}/fanin)
set_target_properties(fanin PROPERTIES INSTALL_RPATH "$ORIGIN/../${private_libraries}")
if(TARGET fanin-fst2vcd)
  install(TARGETS fanin-fst2vcd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(TARGETS fanin RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Libraries that no Debian package has. OpenVINO finds its CPU plugin beside itself.
get_target_property(fmt_library fmt::fmt LOCATION)
get_filename_component(fmt_folder ${fmt_library} DIRECTORY)
file(GLOB libraries ${fmt_folder}/libfmt.so.*)
if(FANIN_OPENVINO)
  get_target_property(openvino_library openvino::runtime LOCATION)
  get_filename_component(openvino_folder ${openvino_library} DIRECTORY)
  file(GLOB openvino_libraries ${openvino_folder}/libopenvino.so.* ${openvino_folder}/libopenvino_intel_cpu_plugin.so
       ${openvino_folder}/libtbb.so.* ${openvino_folder}/libtbbmalloc.so.* ${openvino_folder}/libhwloc.so.*)
  list(APPEND libraries ${openvino_libraries})
endif()
install(FILES ${libraries} DESTINATION ${private_libraries})

set(model ${FANIN_CACHE_DIR}/models/bge-small-en-v1.5)
if(EXISTS ${model})
  install(DIRECTORY ${model} DESTINATION ${CMAKE_INSTALL_DATADIR}/fanin/models
          FILES_MATCHING PATTERN "*.json" PATTERN "*.safetensors")
endif()
# Built by scripts/web.sh; without it the server says how to.
install(DIRECTORY ${CMAKE_BINARY_DIR}/web DESTINATION ${CMAKE_INSTALL_DATADIR}/fanin OPTIONAL)

install(FILES packaging/fanin.service DESTINATION lib/systemd/system)
install(FILES packaging/sysusers.conf DESTINATION lib/sysusers.d RENAME fanin.conf)
install(FILES packaging/server.toml DESTINATION /etc/fanin)
install(FILES packaging/grafana_dashboard.json DESTINATION ${CMAKE_INSTALL_DATADIR}/fanin)
install(FILES README.md LICENSE THIRD_PARTY.md LIMITATIONS.md CHANGELOG.md docs/operation.md docs/threat_model.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Fanin authors <fanin@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION electronics)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS git)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${fmt_folder} ${openvino_folder})
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/conffiles
    ${PROJECT_SOURCE_DIR}/packaging/postinst ${PROJECT_SOURCE_DIR}/packaging/prerm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
