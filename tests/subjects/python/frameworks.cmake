# DETAUDIT_FRAMEWORKS: the interpreter of the virtual environment that ./bootstrap makes of requirements.txt,
# whether it is there yet or not.
set(requirements ${CMAKE_CURRENT_LIST_DIR}/requirements.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${requirements})
file(SHA256 ${requirements} hash)
string(SUBSTRING ${hash} 0 16 hash)
set(cache $ENV{XDG_CACHE_HOME})
if(NOT cache)
  set(cache $ENV{HOME}/.cache)
endif()
set(DETAUDIT_FRAMEWORKS ${cache}/detaudit/python-${hash}/bin/python)
