#pragma once

// The driver calls that the recorder follows, as a list for macros: X(id, structure, action). In an
// action `p` are the call's arguments and `done` is as in action_of. Included by action.cc alone.
// Calls are named by their ids: cuda.h makes the newest version of many a plain name.
//
// A `_ptsz` or `_ptds` call has the arguments of the plain one, and earlier interfaces repeat those of
// later ones where the arguments are the same.
#define DETAUDIT_ONE(X, call, action) X(CUPTI_DRIVER_TRACE_CBID_##call, call##_params, action)
#define DETAUDIT_PTSZ(X, call, action)                            \
  X(CUPTI_DRIVER_TRACE_CBID_##call, call##_params, action)        \
  X(CUPTI_DRIVER_TRACE_CBID_##call##_ptsz, call##_params, action)
#define DETAUDIT_PTDS(X, call, action)                            \
  X(CUPTI_DRIVER_TRACE_CBID_##call, call##_params, action)        \
  X(CUPTI_DRIVER_TRACE_CBID_##call##_ptds, call##_params, action)

// clang-format off
#define DETAUDIT_CALLS(X) \
  DETAUDIT_PTSZ(X, cuLaunchKernel, launch(p)) \
  DETAUDIT_PTSZ(X, cuLaunchKernelEx, launch(p)) \
  DETAUDIT_PTSZ(X, cuLaunchCooperativeKernel, launch(p)) \
  DETAUDIT_ONE(X, cuLaunchCooperativeKernelMultiDevice, on_stream(ActionKind::kLaunchMany, \
      nullptr)) \
  DETAUDIT_ONE(X, cuLaunch, old_launch(p.f, nullptr)) \
  DETAUDIT_ONE(X, cuLaunchGrid, old_launch(p.f, nullptr)) \
  DETAUDIT_ONE(X, cuLaunchGridAsync, old_launch(p.f, p.hStream)) \
  DETAUDIT_PTSZ(X, cuLaunchHostFunc, on_stream(ActionKind::kHostFunction, p.hStream)) \
  DETAUDIT_PTSZ(X, cuStreamAddCallback, on_stream(ActionKind::kHostFunction, p.hStream)) \
  DETAUDIT_ONE(X, cuMemAlloc_v2, allocation(from(given(p.dptr, done), p.bytesize), \
      MemoryKind::kDevice)) \
  DETAUDIT_ONE(X, cuMemAllocPitch_v2, allocation(from(given(p.dptr, done), given(p.pPitch, done) \
      * p.Height), MemoryKind::kDevice)) \
  DETAUDIT_ONE(X, cuMemAllocManaged, allocation(from(given(p.dptr, done), p.bytesize), \
      MemoryKind::kManaged)) \
  DETAUDIT_PTSZ(X, cuMemAllocAsync, ordered(allocation(from(given(p.dptr, done), p.bytesize), \
      MemoryKind::kDevice), p.hStream)) \
  DETAUDIT_PTSZ(X, cuMemAllocFromPoolAsync, ordered(allocation(from(given(p.dptr, done), \
      p.bytesize), MemoryKind::kDevice), p.hStream)) \
  DETAUDIT_ONE(X, cuMemHostAlloc, allocation(from(given(p.pp, done), p.bytesize), \
      MemoryKind::kHost)) \
  X(CUPTI_DRIVER_TRACE_CBID_cuMemHostAlloc_v2, cuMemHostAlloc_params, allocation(from(given(p.pp, done), p.bytesize), \
      MemoryKind::kHost)) \
  DETAUDIT_ONE(X, cuMemAllocHost_v2, allocation(from(given(p.pp, done), p.bytesize), \
      MemoryKind::kHost)) \
  DETAUDIT_ONE(X, cuMemHostRegister, allocation(from(p.p, p.bytesize), registered(p.Flags))) \
  DETAUDIT_ONE(X, cuMemHostRegister_v2, allocation(from(p.p, p.bytesize), registered(p.Flags))) \
  DETAUDIT_ONE(X, cuMemMap, mapping(from(p.ptr, p.size), p.handle)) \
  DETAUDIT_ONE(X, cuMemSetAccess, access(from(p.ptr, p.size), p.desc, p.count)) \
  DETAUDIT_ONE(X, cuMulticastCreate, foreign_handle(given(p.mcHandle, done))) \
  DETAUDIT_ONE(X, cuMemImportFromShareableHandle, foreign_handle(given(p.handle, done))) \
  DETAUDIT_ONE(X, cuIpcOpenMemHandle, allocation(from(given(p.pdptr, done), 1), \
      MemoryKind::kPeer)) \
  DETAUDIT_ONE(X, cuIpcOpenMemHandle_v2, allocation(from(given(p.pdptr, done), 1), \
      MemoryKind::kPeer)) \
  DETAUDIT_ONE(X, cuMemPoolImportPointer, allocation(from(given(p.ptr_out, done), 1), \
      MemoryKind::kPeer)) \
  DETAUDIT_ONE(X, cuModuleGetGlobal_v2, variable(given(p.dptr, done), given(p.bytes, done), \
      p.hmod)) \
  DETAUDIT_ONE(X, cuLibraryGetGlobal, variable(given(p.dptr, done), given(p.bytes, done), \
      p.library)) \
  DETAUDIT_ONE(X, cuLibraryGetManaged, variable(given(p.dptr, done), given(p.bytes, done), \
      p.library)) \
  DETAUDIT_ONE(X, cuExternalMemoryGetMappedBuffer, external(given(p.devPtr, done), \
      p.bufferDesc)) \
  DETAUDIT_ONE(X, cuGraphicsResourceGetMappedPointer_v2, allocation(from(given(p.pDevPtr, done), \
      given(p.pSize, done)), MemoryKind::kOpaque)) \
  DETAUDIT_ONE(X, cuModuleUnload, unload(p.hmod)) \
  DETAUDIT_ONE(X, cuLibraryUnload, unload(p.library)) \
  DETAUDIT_ONE(X, cuMemFree_v2, release(p.dptr)) \
  DETAUDIT_PTSZ(X, cuMemFreeAsync, ordered(release(p.dptr), p.hStream)) \
  DETAUDIT_ONE(X, cuMemFreeHost, release(reinterpret_cast<uint64_t>(p.p))) \
  DETAUDIT_ONE(X, cuMemHostUnregister, release(reinterpret_cast<uint64_t>(p.p))) \
  DETAUDIT_ONE(X, cuIpcCloseMemHandle, release(p.dptr)) \
  DETAUDIT_ONE(X, cuMemUnmap, unmap(p.ptr, p.size)) \
  DETAUDIT_ONE(X, cuCtxEnablePeerAccess, on_context(ActionKind::kPeerOpened, p.peerContext)) \
  DETAUDIT_ONE(X, cuCtxDisablePeerAccess, on_context(ActionKind::kPeerClosed, p.peerContext)) \
  DETAUDIT_ONE(X, cuStreamDestroy_v2, on_stream(ActionKind::kStreamDestroy, p.hStream)) \
  DETAUDIT_PTSZ(X, cuEventRecord, on_event(ActionKind::kEventRecord, p.hEvent, p.hStream)) \
  DETAUDIT_PTSZ(X, cuEventRecordWithFlags, on_event(ActionKind::kEventRecord, p.hEvent, \
      p.hStream)) \
  DETAUDIT_ONE(X, cuEventDestroy_v2, on_event(ActionKind::kEventDestroy, p.hEvent)) \
  DETAUDIT_ONE(X, cuCtxRecordEvent, on_event(ActionKind::kEventDestroy, p.hEvent)) \
  DETAUDIT_ONE(X, cuGreenCtxRecordEvent, on_event(ActionKind::kEventDestroy, p.hEvent)) \
  DETAUDIT_ONE(X, cuEventSynchronize, on_event(ActionKind::kEventWaited, p.hEvent)) \
  DETAUDIT_ONE(X, cuEventQuery, on_event(ActionKind::kEventWaited, p.hEvent)) \
  DETAUDIT_PTSZ(X, cuStreamWaitEvent, on_event(ActionKind::kStreamWait, p.hEvent, p.hStream)) \
  DETAUDIT_PTSZ(X, cuStreamSynchronize, on_stream(ActionKind::kStreamWaited, p.hStream)) \
  DETAUDIT_PTSZ(X, cuStreamQuery, on_stream(ActionKind::kStreamWaited, p.hStream)) \
  DETAUDIT_PTSZ(X, cuStreamWriteValue32, written_value(p.addr, 4, p.value, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamWaitValue32, on_stream(ActionKind::kMemoryWait, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamWriteValue64, written_value(p.addr, 8, p.value, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamWaitValue64, on_stream(ActionKind::kMemoryWait, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamBatchMemOp, batch_of_values(p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamWriteValue32_v2, written_value(p.addr, 4, p.value, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamWaitValue32_v2, on_stream(ActionKind::kMemoryWait, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamWriteValue64_v2, written_value(p.addr, 8, p.value, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamWaitValue64_v2, on_stream(ActionKind::kMemoryWait, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamBatchMemOp_v2, batch_of_values(p.stream)) \
  X(CUPTI_DRIVER_TRACE_CBID_cuCtxSynchronize, NoArguments, on_stream(ActionKind::kContextWaited, nullptr)) \
  DETAUDIT_ONE(X, cuCtxSynchronize_v2, on_context(ActionKind::kContextWaited, p.ctx)) \
  DETAUDIT_ONE(X, cuCtxDestroy_v2, on_context(ActionKind::kContextEnd, p.ctx)) \
  DETAUDIT_ONE(X, cuDevicePrimaryCtxReset, on_device(ActionKind::kDeviceReset, p.dev)) \
  DETAUDIT_ONE(X, cuDevicePrimaryCtxRelease, on_device(ActionKind::kContextReleased, p.dev)) \
  DETAUDIT_ONE(X, cuDevicePrimaryCtxReset_v2, on_device(ActionKind::kDeviceReset, p.dev)) \
  DETAUDIT_ONE(X, cuDevicePrimaryCtxRelease_v2, on_device(ActionKind::kContextReleased, p.dev)) \
  DETAUDIT_ONE(X, cuGreenCtxCreate, green_made(p.phCtx, p.dev, done)) \
  DETAUDIT_ONE(X, cuCtxFromGreenCtx, on_green(ActionKind::kGreenGiven, p.hCtx, p.pContext, done)) \
  DETAUDIT_ONE(X, cuGreenCtxDestroy, on_green(ActionKind::kGreenEnd, p.hCtx, nullptr, done)) \
  DETAUDIT_PTSZ(X, cuWaitExternalSemaphoresAsync, on_stream(ActionKind::kMemoryWait, p.stream)) \
  DETAUDIT_PTSZ(X, cuStreamEndCapture, end_capture(p.hStream, p.phGraph, done)) \
  DETAUDIT_PTSZ(X, cuStreamUpdateCaptureDependencies, on_stream(ActionKind::kCaptureReordered, \
      p.hStream)) \
  DETAUDIT_PTSZ(X, cuStreamUpdateCaptureDependencies_v2, on_stream(ActionKind::kCaptureReordered, \
      p.hStream)) \
  DETAUDIT_PTSZ(X, cuStreamBeginCaptureToGraph, on_graph(ActionKind::kGraphExtended, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphInstantiate, instantiate(p.hGraph, p.phGraphExec, 0, done)) \
  DETAUDIT_ONE(X, cuGraphInstantiate_v2, instantiate(p.hGraph, p.phGraphExec, 0, done)) \
  DETAUDIT_ONE(X, cuGraphInstantiateWithFlags, instantiate(p.hGraph, p.phGraphExec, p.flags, \
      done)) \
  DETAUDIT_PTSZ(X, cuGraphInstantiateWithParams, instantiate(p.hGraph, p.phGraphExec, \
      p.instantiateParams ? p.instantiateParams->flags : 0, done)) \
  DETAUDIT_ONE(X, cuGraphExecUpdate, on_graph(ActionKind::kGraphUpdate, p.hGraph, p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecUpdate_v2, on_graph(ActionKind::kGraphUpdate, p.hGraph, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecKernelNodeSetParams, on_graph(ActionKind::kGraphUpdate, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecMemcpyNodeSetParams, on_graph(ActionKind::kGraphUpdate, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecMemsetNodeSetParams, on_graph(ActionKind::kGraphUpdate, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecHostNodeSetParams, on_graph(ActionKind::kGraphUpdate, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecChildGraphNodeSetParams, on_graph(ActionKind::kGraphUpdate, \
      nullptr, p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecEventRecordNodeSetEvent, on_graph(ActionKind::kGraphUpdate, \
      nullptr, p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecEventWaitNodeSetEvent, on_graph(ActionKind::kGraphUpdate, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecExternalSemaphoresSignalNodeSetParams, \
      on_graph(ActionKind::kGraphUpdate, nullptr, p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecExternalSemaphoresWaitNodeSetParams, \
      on_graph(ActionKind::kGraphUpdate, nullptr, p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphNodeSetEnabled, on_graph(ActionKind::kGraphUpdate, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecBatchMemOpNodeSetParams, on_graph(ActionKind::kGraphUpdate, \
      nullptr, p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecKernelNodeSetParams_v2, on_graph(ActionKind::kGraphUpdate, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphExecNodeSetParams, on_graph(ActionKind::kGraphUpdate, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphAddKernelNode, on_graph(ActionKind::kGraphExtended, p.hGraph, nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddMemcpyNode, on_graph(ActionKind::kGraphExtended, p.hGraph, nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddMemsetNode, on_graph(ActionKind::kGraphExtended, p.hGraph, nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddChildGraphNode, on_graph(ActionKind::kGraphExtended, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddEmptyNode, on_graph(ActionKind::kGraphExtended, p.hGraph, nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddHostNode, on_graph(ActionKind::kGraphExtended, p.hGraph, nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddEventRecordNode, on_graph(ActionKind::kGraphExtended, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddEventWaitNode, on_graph(ActionKind::kGraphExtended, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddExternalSemaphoresSignalNode, on_graph(ActionKind::kGraphExtended, \
      p.hGraph, nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddExternalSemaphoresWaitNode, on_graph(ActionKind::kGraphExtended, \
      p.hGraph, nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddMemAllocNode, graph_memory(p.hGraph, p.nodeParams, done)) \
  DETAUDIT_ONE(X, cuGraphAddMemFreeNode, on_graph(ActionKind::kGraphExtended, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddBatchMemOpNode, on_graph(ActionKind::kGraphExtended, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddKernelNode_v2, on_graph(ActionKind::kGraphExtended, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphAddNode, graph_node(p.hGraph, p.nodeParams, done)) \
  DETAUDIT_ONE(X, cuGraphAddNode_v2, graph_node(p.hGraph, p.nodeParams, done)) \
  DETAUDIT_ONE(X, cuGraphRemoveDependencies, on_graph(ActionKind::kGraphDestroy, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphRemoveDependencies_v2, on_graph(ActionKind::kGraphDestroy, p.hGraph, \
      nullptr)) \
  DETAUDIT_ONE(X, cuGraphMemsetNodeSetParams, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphMemcpyNodeSetParams, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphKernelNodeSetParams, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphHostNodeSetParams, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphEventRecordNodeSetEvent, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphEventWaitNodeSetEvent, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphExternalSemaphoresSignalNodeSetParams, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphExternalSemaphoresWaitNodeSetParams, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphBatchMemOpNodeSetParams, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphKernelNodeSetParams_v2, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphNodeSetParams, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_ONE(X, cuGraphDestroyNode, on_stream(ActionKind::kGraphsChanged, nullptr)) \
  DETAUDIT_PTSZ(X, cuGraphLaunch, on_graph(ActionKind::kGraphLaunch, nullptr, p.hGraph, \
      p.hStream)) \
  DETAUDIT_ONE(X, cuGraphExecDestroy, on_graph(ActionKind::kGraphDestroy, nullptr, \
      p.hGraphExec)) \
  DETAUDIT_ONE(X, cuGraphDestroy, on_graph(ActionKind::kGraphDestroy, p.hGraph, nullptr)) \
  DETAUDIT_ONE(X, cuTensorMapEncodeTiled, tensor_map(p.tensorMap, p.globalAddress)) \
  DETAUDIT_ONE(X, cuTensorMapEncodeIm2col, tensor_map(p.tensorMap, p.globalAddress)) \
  DETAUDIT_ONE(X, cuTensorMapEncodeIm2colWide, tensor_map(p.tensorMap, p.globalAddress)) \
  DETAUDIT_ONE(X, cuTensorMapReplaceAddress, tensor_map(p.tensorMap, p.globalAddress)) \
  DETAUDIT_ONE(X, cuMemcpy, copy("memcpy", from(p.dst, p.ByteCount), from(p.src, p.ByteCount), \
      Source::kEither, nullptr, Host::kWaits)) \
  X(CUPTI_DRIVER_TRACE_CBID_cuMemcpy_v2, cuMemcpy_params, copy("memcpy", from(p.dst, p.ByteCount), from(p.src, \
      p.ByteCount), Source::kEither, nullptr, Host::kWaits)) \
  X(CUPTI_DRIVER_TRACE_CBID_cuMemcpy_ptds, cuMemcpy_params, copy("memcpy", from(p.dst, p.ByteCount), from(p.src, \
      p.ByteCount), Source::kEither, nullptr, Host::kWaits)) \
  DETAUDIT_PTSZ(X, cuMemcpyAsync, copy("memcpy", from(p.dst, p.ByteCount), from(p.src, \
      p.ByteCount), Source::kEither, p.hStream, Host::kGoesOn)) \
  DETAUDIT_PTDS(X, cuMemcpyHtoD_v2, copy("memcpy_htod", from(p.dstDevice, p.ByteCount), \
      from(p.srcHost, p.ByteCount), Source::kHost, nullptr, Host::kGoesOn)) \
  DETAUDIT_PTSZ(X, cuMemcpyHtoDAsync_v2, copy("memcpy_htod", from(p.dstDevice, p.ByteCount), \
      from(p.srcHost, p.ByteCount), Source::kHost, p.hStream, Host::kGoesOn)) \
  DETAUDIT_PTDS(X, cuMemcpyDtoH_v2, copy("memcpy_dtoh", from(p.dstHost, p.ByteCount), \
      from(p.srcDevice, p.ByteCount), Source::kDevice, nullptr, Host::kWaits)) \
  DETAUDIT_PTSZ(X, cuMemcpyDtoHAsync_v2, copy("memcpy_dtoh", from(p.dstHost, p.ByteCount), \
      from(p.srcDevice, p.ByteCount), Source::kDevice, p.hStream, Host::kGoesOn)) \
  DETAUDIT_PTDS(X, cuMemcpyDtoD_v2, copy("memcpy_dtod", from(p.dstDevice, p.ByteCount), \
      from(p.srcDevice, p.ByteCount), Source::kDevice, nullptr, Host::kGoesOn)) \
  DETAUDIT_PTSZ(X, cuMemcpyDtoDAsync_v2, copy("memcpy_dtod", from(p.dstDevice, p.ByteCount), \
      from(p.srcDevice, p.ByteCount), Source::kDevice, p.hStream, Host::kGoesOn)) \
  DETAUDIT_PTDS(X, cuMemcpyPeer, copy("memcpy_peer", from(p.dstDevice, p.ByteCount), \
      from(p.srcDevice, p.ByteCount), Source::kDevice, nullptr, Host::kGoesOn)) \
  DETAUDIT_PTSZ(X, cuMemcpyPeerAsync, copy("memcpy_peer", from(p.dstDevice, p.ByteCount), \
      from(p.srcDevice, p.ByteCount), Source::kDevice, p.hStream, Host::kGoesOn)) \
  DETAUDIT_PTDS(X, cuMemcpy2D_v2, copy_2d(p.pCopy, nullptr, Host::kWaits)) \
  DETAUDIT_PTDS(X, cuMemcpy2DUnaligned_v2, copy_2d(p.pCopy, nullptr, Host::kWaits)) \
  DETAUDIT_PTSZ(X, cuMemcpy2DAsync_v2, copy_2d(p.pCopy, p.hStream, Host::kGoesOn)) \
  DETAUDIT_PTDS(X, cuMemcpy3D_v2, copy_3d(p.pCopy, nullptr, Host::kWaits)) \
  DETAUDIT_PTSZ(X, cuMemcpy3DAsync_v2, copy_3d(p.pCopy, p.hStream, Host::kGoesOn)) \
  DETAUDIT_PTDS(X, cuMemcpy3DPeer, opaque_copy(nullptr)) \
  DETAUDIT_PTSZ(X, cuMemcpy3DPeerAsync, opaque_copy(p.hStream)) \
  DETAUDIT_PTDS(X, cuMemcpyAtoD_v2, opaque_copy(nullptr)) \
  DETAUDIT_PTDS(X, cuMemcpyDtoA_v2, opaque_copy(nullptr)) \
  DETAUDIT_PTDS(X, cuMemcpyAtoA_v2, opaque_copy(nullptr)) \
  DETAUDIT_PTDS(X, cuMemcpyHtoA_v2, opaque_copy(nullptr)) \
  DETAUDIT_PTDS(X, cuMemcpyAtoH_v2, opaque_copy(nullptr)) \
  DETAUDIT_PTSZ(X, cuMemcpyHtoAAsync_v2, opaque_copy(p.hStream)) \
  DETAUDIT_PTSZ(X, cuMemcpyAtoHAsync_v2, opaque_copy(p.hStream)) \
  DETAUDIT_PTSZ(X, cuMemcpyBatchAsync, opaque_copy(p.hStream)) \
  DETAUDIT_PTSZ(X, cuMemcpyBatchAsync_v2, opaque_copy(p.hStream)) \
  DETAUDIT_PTSZ(X, cuMemcpy3DBatchAsync, opaque_copy(p.hStream)) \
  DETAUDIT_PTSZ(X, cuMemcpy3DBatchAsync_v2, opaque_copy(p.hStream)) \
  DETAUDIT_PTSZ(X, cuMemBatchDecompressAsync, opaque_copy(p.stream)) \
  DETAUDIT_PTDS(X, cuMemsetD8_v2, fill(p.dstDevice, p.N, p.uc, nullptr)) \
  DETAUDIT_PTSZ(X, cuMemsetD8Async, fill(p.dstDevice, p.N, p.uc, p.hStream)) \
  DETAUDIT_PTDS(X, cuMemsetD2D8_v2, fill_2d(p.dstDevice, p.dstPitch, p.Width, p.Height, p.uc, \
      nullptr)) \
  DETAUDIT_PTSZ(X, cuMemsetD2D8Async, fill_2d(p.dstDevice, p.dstPitch, p.Width, p.Height, p.uc, \
      p.hStream)) \
  DETAUDIT_PTDS(X, cuMemsetD16_v2, fill(p.dstDevice, p.N * 2, p.us, nullptr)) \
  DETAUDIT_PTSZ(X, cuMemsetD16Async, fill(p.dstDevice, p.N * 2, p.us, p.hStream)) \
  DETAUDIT_PTDS(X, cuMemsetD2D16_v2, fill_2d(p.dstDevice, p.dstPitch, p.Width * 2, p.Height, \
      p.us, nullptr)) \
  DETAUDIT_PTSZ(X, cuMemsetD2D16Async, fill_2d(p.dstDevice, p.dstPitch, p.Width * 2, p.Height, \
      p.us, p.hStream)) \
  DETAUDIT_PTDS(X, cuMemsetD32_v2, fill(p.dstDevice, p.N * 4, p.ui, nullptr)) \
  DETAUDIT_PTSZ(X, cuMemsetD32Async, fill(p.dstDevice, p.N * 4, p.ui, p.hStream)) \
  DETAUDIT_PTDS(X, cuMemsetD2D32_v2, fill_2d(p.dstDevice, p.dstPitch, p.Width * 4, p.Height, \
      p.ui, nullptr)) \
  DETAUDIT_PTSZ(X, cuMemsetD2D32Async, fill_2d(p.dstDevice, p.dstPitch, p.Width * 4, p.Height, \
      p.ui, p.hStream))
// clang-format on
