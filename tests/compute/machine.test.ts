import { expect, it } from 'vitest';
import { graphics } from '../../src/main/compute/machine.ts';
import { plainReason } from '../../src/main/compute/plain-reason.ts';

it('sees a graphics processor by its device file', () => {
  expect(graphics('linux', ['null', 'nvidia0'], [], {})).toEqual({ gpu: true, nvidia: true, emulatedVulkan: false });
  expect(graphics('linux', ['dri'], ['card0', 'renderD128'], {})).toMatchObject({ gpu: true, nvidia: false });
  expect(graphics('linux', ['null', 'nvidiactl'], ['card0'], {})).toMatchObject({ gpu: false });
});

it('takes Vulkan for imitated where there is no graphics processor, or where only an imitation may be loaded', () => {
  expect(graphics('linux', [], [], {}).emulatedVulkan).toBe(true);
  const files = '/usr/share/vulkan/lvp_icd.json:/usr/lib/chromium/vk_swiftshader_icd.json';
  expect(graphics('linux', [], ['renderD128'], { VK_ICD_FILENAMES: files }).emulatedVulkan).toBe(true);
  const both = `${files}:/usr/share/vulkan/radeon_icd.json`;
  expect(graphics('linux', [], ['renderD128'], { VK_ICD_FILENAMES: both }).emulatedVulkan).toBe(false);
});

it('leaves other platforms to a trial', () => {
  expect(graphics('win32', [], [], {})).toEqual({ gpu: true, nvidia: true, emulatedVulkan: false });
  expect(graphics('darwin', [], [], {})).toMatchObject({ gpu: true, nvidia: false });
});

it('puts what native libraries say into words', () => {
  const webgpu =
    '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const X&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters.';
  expect(plainReason(webgpu)).toBe('no graphics processor with a Vulkan, Metal or Direct3D driver was found');
  expect(plainReason('/src/x.cc:1 ns::F(int) out of memory.\nat y')).toBe('out of memory');
  expect(plainReason('The disk is full.')).toBe('The disk is full');
});
