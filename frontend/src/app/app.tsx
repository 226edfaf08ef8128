import { MantineProvider } from "@mantine/core";

export function App() {
  return <MantineProvider defaultColorScheme="auto">Waybill</MantineProvider>;
}
